"""Tasks in the database. Every change of state names the states that it may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, or_, select, update

from modelwright.service.clock import now
from modelwright.service.tasks.states import OVER, TaskStatus, before
from modelwright.service.tasks.table import idempotency, tasks

_LISTED: Final = tuple(column for column in tasks.c if column.name != "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks of a project, in which order.

    Attributes:
        project: The project.
        status: In one of these states; empty for all.
        template: Of this template; empty for all.
        chip: For this chip; empty for all.
        search: Text in the name or the description, taken literally.
        by_name: Sorted by name instead of age.
        descending: The last first.
        after: Sort key and id of the task that the page follows, or None.
        limit: Most tasks.
    """

    project: str
    status: tuple[TaskStatus, ...] = ()
    template: str = ""
    chip: str = ""
    search: str = ""
    by_name: bool = False
    descending: bool = True
    after: tuple[str, str] | None = None
    limit: int = 50


def add(connection: Connection, **values: Any) -> None:
    """Adds a task."""
    connection.execute(insert(tasks).values(**values))


def get(connection: Connection, project: str, task: str) -> Row[Any] | None:
    """The task of that id in the project, or None."""
    return connection.execute(select(tasks).where(tasks.c.id == task, tasks.c.project == project)).first()


def status(connection: Connection, project: str, task: str) -> str:
    """The state of the task of that id in the project, or an empty text."""
    found = select(tasks.c.status).where(tasks.c.id == task, tasks.c.project == project)
    return str(connection.execute(found).scalar() or "")


def by_name(connection: Connection, project: str, name: str) -> Row[Any] | None:
    """The task of that name in the project, or None."""
    return connection.execute(select(tasks).where(tasks.c.name == name, tasks.c.project == project)).first()


def by_output(connection: Connection, output: str) -> Row[Any] | None:
    """A task of any project that writes to this folder, or None."""
    return connection.execute(select(tasks).where(tasks.c.output == output)).first()


def find(connection: Connection, query: TaskQuery) -> Sequence[Row[Any]]:
    """The tasks that fit, at most ``limit``."""
    key = tasks.c.name if query.by_name else tasks.c.created
    statement = _filtered(select(*_LISTED), query)
    if query.after is not None:
        value, task = query.after
        past, same = (key < value, tasks.c.id < task) if query.descending else (key > value, tasks.c.id > task)
        statement = statement.where(or_(past, and_(key == value, same)))
    order = (key.desc(), tasks.c.id.desc()) if query.descending else (key, tasks.c.id)
    return connection.execute(statement.order_by(*order).limit(query.limit)).all()


def _filtered(statement: Select[Any], query: TaskQuery) -> Select[Any]:
    statement = statement.where(tasks.c.project == query.project)
    if query.status:
        statement = statement.where(tasks.c.status.in_([item.value for item in query.status]))
    if query.template:
        statement = statement.where(tasks.c.template == query.template)
    if query.chip:
        statement = statement.where(tasks.c.chip == query.chip)
    if query.search:
        texts = (tasks.c.name, tasks.c.description)
        statement = statement.where(or_(*(item.icontains(query.search, autoescape=True) for item in texts)))
    return statement


def counts(connection: Connection, project: str | None = None) -> dict[str, int]:
    """How many tasks of a project, or of all, are in each state."""
    query = select(tasks.c.status, func.count()).group_by(tasks.c.status)
    if project is not None:
        query = query.where(tasks.c.project == project)
    return {str(status): int(number) for status, number in connection.execute(query).all()}


def waiting(connection: Connection) -> dict[str, int]:
    """How many tasks of all projects wait, by chip."""
    found = select(tasks.c.chip, func.count()).where(tasks.c.status == TaskStatus.INITIALIZING.value)
    return {str(chip): int(number) for chip, number in connection.execute(found.group_by(tasks.c.chip)).all()}


def remove(connection: Connection, project: str, task: str) -> bool:
    """Takes a task away if it is over; whether it was."""
    over = tasks.c.status.in_([item.value for item in OVER])
    found = delete(tasks).where(tasks.c.id == task, tasks.c.project == project, over)
    return connection.execute(found).rowcount == 1


def change(connection: Connection, task: str, status: TaskStatus, *only: ColumnElement[bool], **values: Any) -> bool:
    """Brings a task into a state that may follow its own; whether it could.

    Args:
        connection: The transaction.
        task: The task.
        status: The state.
        only: Further conditions, such as who holds the lease.
        values: Further columns to set.
    """
    allowed = tasks.c.status.in_([item.value for item in before(status)])
    found = update(tasks).where(tasks.c.id == task, allowed, *only)
    return connection.execute(found.values(status=status.value, updated=now(), **values)).rowcount == 1


def note(connection: Connection, task: str, *only: ColumnElement[bool], **values: Any) -> bool:
    """Sets columns that are no state; whether there was such a task."""
    found = update(tasks).where(tasks.c.id == task, *only).values(**values)
    return connection.execute(found).rowcount == 1


def remembered(connection: Connection, project: str, key: str) -> Row[Any] | None:
    """What an idempotency key was used for, or None."""
    found = select(idempotency).where(idempotency.c.project == project, idempotency.c.key == key)
    return connection.execute(found).first()


def remember(connection: Connection, **values: Any) -> None:
    """Keeps what an idempotency key is used for."""
    connection.execute(insert(idempotency).values(created=now(), **values))
