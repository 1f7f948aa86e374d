"""Tasks over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from modelwright.service.context import Asker, Asking, Served
from modelwright.service.paging import decode, encode
from modelwright.service.problems import RESPONSES
from modelwright.service.tasks.repository import TaskQuery
from modelwright.service.tasks.schemas import Deleted, NewTask, Task, TaskChanges, TaskInfo, TaskNames, TaskPage
from modelwright.service.tasks.states import TaskStatus

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], responses=RESPONSES)


@router.post("", status_code=201)
def create_task(
    context: Served,
    asking: Asking,
    new: NewTask,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Task:
    """Makes a task; fields, input folder and settings are checked, and all that is wrong is listed."""
    return context.tasks.create(asking, new, key=idempotency_key)


@router.get("", response_model=TaskPage)
async def list_tasks(
    context: Served,
    asker: Asker,
    status: Annotated[list[TaskStatus], Query()] = [],  # noqa: B006  FastAPI copies defaults
    template: Annotated[str, Query(max_length=64)] = "",
    chip: Annotated[str, Query(max_length=16)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    sort: Literal["created", "name"] = "created",
    order: Literal["asc", "desc"] | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Lists tasks: newest first, or by name."""
    descending = (order or ("desc" if sort == "created" else "asc")) == "desc"

    def page() -> TaskPage:
        query = TaskQuery(
            project=asker().project,
            status=tuple(status),
            template=template,
            chip=chip,
            search=search,
            by_name=sort == "name",
            descending=descending,
            after=None if cursor is None else _place(cursor),
            limit=limit + 1,
        )
        return _page(context.tasks.find(query), limit, sort)

    return await context.quick.read(lambda: _json(page()))


def _place(cursor: str) -> tuple[str, str]:
    value, task = decode(cursor, 2)
    return value, task


def _page(rows: Sequence[Any], limit: int, sort: str) -> TaskPage:
    shown = [TaskInfo.model_validate(dict(row._mapping)) for row in rows[:limit]]  # noqa: SLF001  faster than attributes
    more = encode(getattr(shown[-1], sort), shown[-1].id) if len(rows) > limit else None
    return TaskPage(items=shown, next=more)


def _json(found: BaseModel) -> Response:
    """An answer that is checked and written once, and not a second time by the framework."""
    return Response(found.model_dump_json(), media_type="application/json")


@router.post("/delete")
def delete_tasks(context: Served, asking: Asking, names: TaskNames) -> Deleted:
    """Deletes several tasks; those that are not over are kept, and the answer says so."""
    return context.tasks.delete_many(asking, names.ids)


@router.get("/{task}", response_model=Task)
async def get_task(context: Served, asker: Asker, task: str) -> Response:
    """One task."""
    return await context.quick.read(lambda: _json(context.tasks.get(asker(), task)))


@router.delete("/{task}", status_code=204)
def delete_task(context: Served, asking: Asking, task: str) -> None:
    """Deletes a task that is over; this cannot be undone."""
    context.tasks.delete(asking, task)


@router.post("/{task}/cancel")
def cancel_task(context: Served, asking: Asking, task: str) -> Task:
    """Ends a task that is not over."""
    return context.tasks.cancel(asking, task)


@router.post("/{task}/retry")
def retry_task(context: Served, asking: Asking, task: str) -> Task:
    """Starts a task that failed or was canceled again."""
    return context.tasks.retry(asking, task)


@router.post("/{task}/clone", status_code=201)
def clone_task(context: Served, asking: Asking, task: str, changes: TaskChanges) -> Task:
    """Makes a task like another one, with changes; without an output folder it gets a new one."""
    return context.tasks.clone(asking, task, changes)
