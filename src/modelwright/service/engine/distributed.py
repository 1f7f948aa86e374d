"""The engine of many machines: tasks go to Celery's workers. What is to be done stands in the database all the same."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from modelwright.service.database import Database
from modelwright.service.dialects import moment
from modelwright.service.engine.broker import Broker
from modelwright.service.engine.lease import open_tasks
from modelwright.service.engine.presence import forget_silent, slots
from modelwright.service.engine.queues import QUEUES, queue_of
from modelwright.service.errors import UnavailableError
from modelwright.service.tasks.table import tasks

_LOGGER: Final = logging.getLogger("modelwright.service")
_SWEEP: Final = 2.0
"""Seconds between two looks for tasks whose message was lost."""
_SETTLED: Final = 5.0
"""Seconds that a message takes at most from being sent to being taken by a free worker."""
_STOP: Final = ""


class CeleryEngine:
    """Sends a message for each task to the queue of its chip, and again for those whose message was lost.

    A message only says that a task waits. Who gets it takes the task in the database, if it is still open; so one
    that comes twice does nothing, and one that is lost is sent again as soon as fewer wait than tasks are open.
    """

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._fresh: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_fresh, name="engine-send", daemon=True),
            threading.Thread(target=self._sweep, name="engine-sweep", daemon=True),
        ]

    @property
    def slots(self) -> int:
        """How many tasks the workers that are there can run at the same time."""
        with self._database.read() as connection:
            return slots(connection)

    def start(self) -> None:
        """Begins to send."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends; what was not sent is found by the next server."""
        self._stopping.set()
        self._fresh.put(_STOP)
        for thread in self._threads:
            thread.join(_SWEEP)
        self._broker.close()

    def submit(self, task: str) -> None:
        """Has a message sent; nobody waits for the broker."""
        self._fresh.put(task)

    def cancel(self, task: str) -> None:
        """Whoever runs the task sees the wish at the next heartbeat."""

    def _send_fresh(self) -> None:
        while not self._stopping.is_set():
            task = self._fresh.get()
            if task != _STOP:
                self._guarded(lambda task=task: self._send(task))

    def _sweep(self) -> None:
        while not self._stopping.wait(_SWEEP):
            self._guarded(self.sweep)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Does something that database or broker can keep from being done; it is tried again by the sweeper."""
        try:
            act()
        except (SQLAlchemyError, UnavailableError) as error:
            _LOGGER.warning("tasks could not be handed out: %s", error)

    def sweep(self) -> None:
        """Sends messages for open tasks that have none."""
        with self._database.write() as connection:
            forget_silent(connection)
        for name, chips in QUEUES.items():
            with self._database.read() as connection:
                mine = (open_tasks(connection), tasks.c.chip.in_(chips))
                count = connection.execute(select(func.count()).select_from(tasks).where(*mine)).scalar_one()
            missing = count - self._broker.waiting(name) if count else 0
            if missing > 0:
                with self._database.read() as connection:
                    order = (tasks.c.priority.desc(), tasks.c.created, tasks.c.id)
                    found = select(tasks.c.id).where(*mine, _unsent(connection)).order_by(*order).limit(missing)
                    lost = connection.execute(found).scalars().all()
                for task in lost:
                    self._send(task)

    def _send(self, task: str) -> None:
        """Sends a task's message, unless it is not open or another server just did."""
        with self._database.write() as connection:
            mine = (tasks.c.id == task, open_tasks(connection), _unsent(connection))
            sent = update(tasks).where(*mine).values(submitted=moment(connection))
            row = connection.execute(sent.returning(tasks.c.chip, tasks.c.priority)).first()
        if row is not None:
            self._broker.send(task, queue_of(row.chip), row.priority)


def _unsent(connection: Connection) -> ColumnElement[bool]:
    """Whether no message of a task was sent that may still be on its way."""
    return or_(tasks.c.submitted.is_(None), tasks.c.submitted < moment(connection) - _SETTLED)
