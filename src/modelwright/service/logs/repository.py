"""Lines of logs in the database, numbered from 0 within a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from modelwright.service.logs.table import log_lines

MOST_LINES: Final = 100_000
"""Lines that a task may have; what comes after is left out, and the log says so."""
_LONGEST_STAGE: Final = 32


def append(connection: Connection, task: str, lines: Sequence[Mapping[str, str]]) -> None:
    """Adds lines (``time``, ``level``, ``stage``, ``message``) at the end."""
    if not lines:
        return
    first = count(connection, task)
    room = max(0, MOST_LINES - first)
    rows = [{"task": task, "number": first + index, **_clean(line)} for index, line in enumerate(lines[:room])]
    if rows:
        connection.execute(insert(log_lines), rows)


def _clean(line: Mapping[str, str]) -> dict[str, str]:
    """A line as every database takes it: without NUL and halves of characters, names within their columns."""
    found = {name: text.replace("\0", "\N{REPLACEMENT CHARACTER}") for name, text in line.items()}
    found["message"] = found["message"].encode(errors="replace").decode()
    return {**found, "stage": found["stage"][:_LONGEST_STAGE]}


def count(connection: Connection, task: str) -> int:
    """How many lines there are."""
    last = connection.execute(select(func.max(log_lines.c.number)).where(log_lines.c.task == task)).scalar()
    return 0 if last is None else int(last) + 1


def lines(
    connection: Connection, task: str, *, offset: int, limit: int, search: str = "", level: str = ""
) -> Sequence[Row[Any]]:
    """Lines from number ``offset`` on that hold ``search`` (in any case) and have the level.

    Args:
        connection: The transaction.
        task: The task.
        offset: Number of the first line looked at.
        limit: Most lines that are returned.
        search: A text, taken literally.
        level: ``info``, ``notice``, ``warning`` or ``error``; empty for all.
    """
    query = select(log_lines).where(log_lines.c.task == task, log_lines.c.number >= offset)
    if search:
        query = query.where(log_lines.c.message.icontains(search, autoescape=True))
    if level:
        query = query.where(log_lines.c.level == level)
    return connection.execute(query.order_by(log_lines.c.number).limit(limit)).all()


def remove(connection: Connection, tasks: Sequence[str]) -> None:
    """Takes the lines of tasks away."""
    connection.execute(delete(log_lines).where(log_lines.c.task.in_(tasks)))
