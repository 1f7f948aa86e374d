"""Logs over REST: pages of lines, and a live stream."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from modelwright.service.context import Asking, Context, Served
from modelwright.service.logs import repository
from modelwright.service.logs.schemas import Line, LogPage
from modelwright.service.problems import RESPONSES
from modelwright.service.projects.roles import Principal
from modelwright.service.tasks.states import TaskStatus

router = APIRouter(prefix="/v1/tasks/{task}/logs", tags=["logs"], responses=RESPONSES)
_PAGE: Final = 500
_PAUSE: Final = 0.5
_ALIVE_EVERY: Final = 15.0


Search = Annotated[str, Query(max_length=200)]
Level = Annotated[str, Query(pattern="^(|info|notice|warning|error)$")]


@router.get("")
def get_log(
    context: Served,
    asking: Asking,
    task: str,
    offset: Annotated[int, Query(ge=0, le=1 << 31)] = 0,
    lines: Annotated[int, Query(ge=0, le=10_000)] = 1000,
    search: Search = "",
    level: Level = "",
) -> LogPage:
    """Lines of a task's log from an offset on; with a search, those that hold it."""
    found = context.tasks.get(asking, task)
    with context.database.read() as connection:
        total = repository.count(connection, task)
        rows = repository.lines(connection, task, offset=offset, limit=lines, search=search, level=level)
    shown = [Line.model_validate(row, from_attributes=True) for row in rows]
    complete = len(shown) < lines
    after = max(offset, total) if complete else shown[-1].number + 1 if shown else offset
    error = None if found.error is None else f"{found.error.code}: {found.error.message}"
    return LogPage(lines=shown, offset=offset, total=total, next=after, error=error)


@router.get("/stream", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
def stream_log(
    context: Served,
    asking: Asking,
    task: str,
    search: Search = "",
    level: Level = "",
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """The log as server-sent events: ``line``s as they come, ``status`` when it changes, ``end`` when all is over."""
    context.tasks.get(asking, task)
    said = last_event_id or ""
    begin = int(said) + 1 if said.isascii() and said.isdigit() and len(said) < 10 else 0
    events = _events(context, asking, task, begin, search, level)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(
    context: Context, asking: Principal, task: str, offset: int, search: str, level: str
) -> AsyncIterator[str]:
    shown = ""
    spoken = time.monotonic()
    while True:
        status, rows, total = await run_in_threadpool(_look, context, asking, task, offset, search, level)
        for row in rows:
            yield _event("line", row.model_dump(), row.number)
        offset = rows[-1].number + 1 if len(rows) == _PAGE else max(offset, total)
        if status != shown:
            yield _event("status", {"status": status})
            shown = status
        if len(rows) == _PAGE:
            continue
        if status == "" or TaskStatus(status).over:
            yield _event("end", {"status": status})
            return
        if rows:
            spoken = time.monotonic()
        elif time.monotonic() - spoken > _ALIVE_EVERY:
            spoken = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_PAUSE)


def _look(
    context: Context, asking: Principal, task: str, offset: int, search: str, level: str
) -> tuple[str, list[Line], int]:
    """Status and new lines, from one moment; an empty status when the task is deleted."""
    from modelwright.service.tasks import repository as tasks

    with context.database.read() as connection:
        status = tasks.status(connection, asking.project, task)
        total = repository.count(connection, task)
        rows = []
        if total > offset:
            rows = repository.lines(connection, task, offset=offset, limit=_PAGE, search=search, level=level)
    return status, [Line.model_validate(item, from_attributes=True) for item in rows], total


def _event(kind: str, data: object, number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
