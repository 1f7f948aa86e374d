"""Taking tasks, keeping them by heartbeats, and giving them back: each a transaction that names the lease."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.dialects import moment
from modelwright.service.logs import repository as logs
from modelwright.service.tasks import repository
from modelwright.service.tasks.states import TaskStatus
from modelwright.service.tasks.table import tasks

_LONGEST_WAIT: Final = 2.0
"""Seconds until a wish to cancel is seen."""
_SEEN: Final = (tasks.c.id, tasks.c.status, tasks.c.attempt, tasks.c.started, tasks.c.lease_until)
"""What is asked of a task before it is taken."""
_POSTPONED: Final = 15.0
"""Seconds until a task is tried again that could not go on."""
_LONGEST_STAGE: Final = 32
_LONGEST_HOLDER: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A task that is ours while the lease holds.

    Attributes:
        row: The task's row as it was taken.
        lease: The lease.
    """

    row: Row[Any]
    lease: str


class Leases:
    """The leases of one holder."""

    def __init__(self, database: Database, holder: str, seconds: float) -> None:
        self._database = database
        self._holder = holder[-_LONGEST_HOLDER:]
        self._seconds = seconds

    @property
    def beat_every(self) -> float:
        """Seconds between heartbeats."""
        return min(self._seconds / 4, _LONGEST_WAIT)

    def take(self, task: str | None = None) -> Claim | None:
        """A task that waits or whose worker was lost, or None.

        Args:
            task: The task; None for the one of the highest priority, of these the oldest.
        """
        lease = new_id()
        with self._database.write() as connection:
            row = connection.execute(_one(connection, task)).first() if task else _next(connection)
            if row is None:
                return None
            taken = repository.change(
                connection,
                row.id,
                TaskStatus.RUNNING,
                tasks.c.status == row.status,
                tasks.c.attempt == row.attempt,
                tasks.c.lease_until.is_not_distinct_from(row.lease_until),
                holder=self._holder,
                lease=lease,
                lease_until=moment(connection) + self._seconds,
                attempt=row.attempt + 1,
                started=row.started or now(),
                stage="input",
            )
            if not taken:
                return None
            lost = row.status == TaskStatus.RUNNING.value
            if lost:
                logs.append(connection, row.id, [_lost(row.attempt)])
            found = connection.execute(select(tasks).where(tasks.c.id == row.id)).one()
        return Claim(row=found, lease=lease)

    def end_all(self) -> None:
        """Ends the leases of all tasks, so that they can be taken at once: for who knows that nobody else works."""
        with self._database.write() as connection:
            running = tasks.c.status == TaskStatus.RUNNING.value
            connection.execute(update(tasks).where(running).values(lease_until=0.0))

    def end_own(self) -> None:
        """Ends the leases of this holder: for who starts again and knows that nothing of before works any more."""
        with self._database.write() as connection:
            mine = (tasks.c.status == TaskStatus.RUNNING.value, tasks.c.holder == self._holder)
            connection.execute(update(tasks).where(*mine).values(lease_until=0.0))

    def beat(
        self, claim: Claim, lines: Sequence[Mapping[str, str]] = (), stage: str | None = None
    ) -> tuple[bool, bool]:
        """Prolongs the lease, adds lines to the log and says which stage it is: whether it is ours, and canceled."""
        with self._database.write() as connection:
            values: dict[str, Any] = {"lease_until": moment(connection) + self._seconds}
            if stage is not None:
                values["stage"] = stage[:_LONGEST_STAGE]
            if not repository.note(connection, claim.row.id, tasks.c.lease == claim.lease, **values):
                return False, False
            logs.append(connection, claim.row.id, lines)
            found = connection.execute(select(tasks.c.cancel).where(tasks.c.id == claim.row.id)).scalar_one()
        return True, bool(found)

    def postpone(self, claim: Claim, reason: str) -> None:
        """Lets a task wait for something that is missing at the moment; this attempt does not count."""
        message = f"{reason}; the task begins again in {_POSTPONED:g} s"
        with self._database.write() as connection:
            values = {"attempt": claim.row.attempt - 1, "lease_until": moment(connection) + _POSTPONED}
            if repository.note(connection, claim.row.id, tasks.c.lease == claim.lease, **values):
                logs.append(connection, claim.row.id, [_line("warning", message)])

    def again(self, claim: Claim, attempt: int, reason: str) -> bool:
        """Begins the attempt of that number, after the worker died; whether the task is still ours."""
        with self._database.write() as connection:
            values = {"attempt": attempt, "stage": "input", "lease_until": moment(connection) + self._seconds}
            ours = repository.note(connection, claim.row.id, tasks.c.lease == claim.lease, **values)
            if ours:
                logs.append(connection, claim.row.id, [_line("warning", reason)])
        return ours


def close(
    connection: Connection, claim: Claim, status: TaskStatus, values: Mapping[str, Any], lines: Sequence[Any] = ()
) -> bool:
    """Ends a task within a transaction; whether it was still ours."""
    ended = repository.change(
        connection,
        claim.row.id,
        status,
        tasks.c.lease == claim.lease,
        finished=now(),
        lease=None,
        lease_until=None,
        holder=None,
        stage=None,
        **values,
    )
    if ended:
        logs.append(connection, claim.row.id, lines)
    return ended


def open_tasks(connection: Connection) -> ColumnElement[bool]:
    """Whether a task can be taken: it waits, or its lease ended."""
    return or_(tasks.c.status == TaskStatus.INITIALIZING.value, _lost_tasks(connection))


def _lost_tasks(connection: Connection) -> ColumnElement[bool]:
    return and_(tasks.c.status == TaskStatus.RUNNING.value, tasks.c.lease_until < moment(connection))


def _one(connection: Connection, task: str) -> Any:
    return select(*_SEEN).where(tasks.c.id == task, open_tasks(connection)).with_for_update(skip_locked=True)


def _next(connection: Connection) -> Any:
    """A task whose worker was lost, else the most urgent one, of these the one that waits longest.

    What another one is taking at this moment is left out.
    """
    lost = select(*_SEEN).where(_lost_tasks(connection)).order_by(tasks.c.lease_until)
    waiting = select(*_SEEN).where(tasks.c.status == TaskStatus.INITIALIZING.value)
    first = waiting.order_by(tasks.c.priority.desc(), tasks.c.created, tasks.c.id)
    return (
        connection.execute(lost.limit(1).with_for_update(skip_locked=True)).first()
        or connection.execute(first.limit(1).with_for_update(skip_locked=True)).first()
    )


def _lost(attempt: int) -> dict[str, str]:
    return _line("warning", f"whoever ran attempt {attempt} is gone; the task begins again")


def _line(level: str, message: str) -> dict[str, str]:
    return {"time": now(), "level": level, "stage": "input", "message": message}
