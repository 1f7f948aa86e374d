"""Part of a task's log, as a page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Row

from modelwright.service.console.visit import Visit
from modelwright.service.logs import repository
from modelwright.service.tasks.schemas import TaskInfo

LEVELS: Final = ("info", "notice", "warning", "error")
TAIL: Final = 200
"""Lines that a task's page begins with; scripts then follow the whole log."""
PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """Lines of a log.

    Attributes:
        lines: The lines (``number``, ``time``, ``level``, ``stage``, ``message``).
        total: How many lines the log has.
        search: The text that was searched for.
        level: The level that was asked for; empty for all.
        previous: Address of the page before; empty on the first.
        next: Address of the page after; empty on the last.
    """

    lines: Sequence[Row[Any]]
    total: int
    search: str = ""
    level: str = ""
    previous: str = ""
    next: str = ""


def log_tail(visit: Visit, task: TaskInfo) -> LogView:
    """The last lines."""
    with visit.context.database.read() as connection:
        total = repository.count(connection, task.id)
        lines = repository.lines(connection, task.id, offset=max(0, total - TAIL), limit=TAIL)
    return LogView(lines=lines, total=total)


def log_page(visit: Visit, task: TaskInfo, *, offset: int, search: str, level: str) -> LogView:
    """A page of the lines that fit, from a number on."""
    with visit.context.database.read() as connection:
        total = repository.count(connection, task.id)
        found = repository.lines(connection, task.id, offset=offset, limit=PAGE + 1, search=search, level=level)
    lines = found[:PAGE]

    def address(number: int) -> str:
        values = {"offset": number, "search": search, "level": level}
        left = {key: value for key, value in values.items() if value}
        return f"/tasks/{task.id}/log?{urlencode(left)}" if left else f"/tasks/{task.id}/log"

    return LogView(
        lines=lines,
        total=total,
        search=search,
        level=level,
        previous=address(0 if search or level else max(0, offset - PAGE)) if offset else "",
        next=address(lines[-1].number + 1) if len(found) > PAGE else "",
    )


def stage_lines(visit: Visit, task: TaskInfo) -> Sequence[Row[Any]]:
    """Lines that tell when stages began and ended; of the last run those whose times fit."""
    with visit.context.database.read() as connection:
        found = [
            line
            for word in ("begins", "is over")
            for line in repository.lines(connection, task.id, offset=0, limit=1000, search=word, level="info")
            if line.message == word
        ]
    return sorted(found, key=lambda line: line.number)
