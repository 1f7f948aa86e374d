"""Taking tasks, keeping them by heartbeats, and giving them back: each a transaction that names the lease."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.logs import repository as logs
from modelwright.service.tasks import repository
from modelwright.service.tasks.states import TaskStatus
from modelwright.service.tasks.table import tasks

_LONGEST_WAIT: Final = 2.0
"""Seconds until a wish to cancel is seen."""
_SEEN: Final = (tasks.c.id, tasks.c.status, tasks.c.attempt, tasks.c.started, tasks.c.lease_until)
"""What is asked of a task before it is taken."""


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
        self._holder = holder
        self._seconds = seconds

    @property
    def beat_every(self) -> float:
        """Seconds between heartbeats."""
        return min(self._seconds / 4, _LONGEST_WAIT)

    def take(self) -> Claim | None:
        """The oldest task that waits or whose worker was lost, or None."""
        lease = new_id()
        with self._database.write() as connection:
            row = _next(connection)
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
                lease_until=time.time() + self._seconds,
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

    def beat(
        self, claim: Claim, lines: Sequence[Mapping[str, str]] = (), stage: str | None = None
    ) -> tuple[bool, bool]:
        """Prolongs the lease, adds lines to the log and says which stage it is: whether it is ours, and canceled."""
        values: dict[str, Any] = {"lease_until": time.time() + self._seconds}
        if stage is not None:
            values["stage"] = stage
        with self._database.write() as connection:
            if not repository.note(connection, claim.row.id, tasks.c.lease == claim.lease, **values):
                return False, False
            logs.append(connection, claim.row.id, lines)
            found = connection.execute(select(tasks.c.cancel).where(tasks.c.id == claim.row.id)).scalar_one()
        return True, bool(found)

    def again(self, claim: Claim, attempt: int, reason: str) -> bool:
        """Begins the attempt of that number, after the worker died; whether the task is still ours."""
        with self._database.write() as connection:
            values = {"attempt": attempt, "stage": "input", "lease_until": time.time() + self._seconds}
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


def _next(connection: Connection) -> Any:
    """A task whose worker was lost, else the one that waits longest."""
    running, waiting = TaskStatus.RUNNING.value, TaskStatus.INITIALIZING.value
    lost = select(*_SEEN).where(tasks.c.status == running, tasks.c.lease_until < time.time())
    oldest = select(*_SEEN).where(tasks.c.status == waiting)
    return (
        connection.execute(lost.order_by(tasks.c.lease_until).limit(1)).first()
        or connection.execute(oldest.order_by(tasks.c.created, tasks.c.id).limit(1)).first()
    )


def _lost(attempt: int) -> dict[str, str]:
    return _line("warning", f"whoever ran attempt {attempt} is gone; the task begins again")


def _line(level: str, message: str) -> dict[str, str]:
    return {"time": now(), "level": level, "stage": "input", "message": message}
