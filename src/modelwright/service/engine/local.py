"""The engine of one machine: threads of this process, each of which sees one task at a time through."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
from typing import Final

from modelwright.service.clock import new_id
from modelwright.service.database import Database
from modelwright.service.engine.cache import Cache
from modelwright.service.engine.execution import Execution, Means
from modelwright.service.engine.lease import Claim, Leases
from modelwright.service.engine.process import Limits, base_variables
from modelwright.service.engine.starting import FreshStarter
from modelwright.service.engine.tree import kill_tree
from modelwright.service.engine.warm import WarmStarter
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.store import Store

_LOGGER: Final = logging.getLogger("modelwright.service")
_POLL: Final = 1.0
"""Seconds after which one looks for lost tasks although nobody said anything."""
_PATIENCE: Final = 60.0
"""Seconds that one waits for a database which does not answer before a task is left to others."""


class LocalEngine:
    """Runs tasks in worker processes of this machine."""

    def __init__(self, settings: ServiceSettings, database: Database, store: Store, cache: Cache) -> None:
        self._mark = f"{settings.data.absolute()}:"
        holder = f"{socket.gethostname()}.{os.getpid()}.{new_id()}"
        work = settings.data.absolute() / "work"
        environment = {name: os.environ[name] for name in settings.pass_environment if name in os.environ}
        nursery = settings.data.absolute() / "nursery"
        self._warm = WarmStarter(nursery, self._mark, base_variables(environment)) if settings.nursery else None
        database = database.patient(_PATIENCE)
        self._leases = Leases(database, holder, settings.lease_seconds)
        self._means = Means(
            database=database,
            store=store,
            cache=cache,
            leases=self._leases,
            work=work,
            limits=Limits(memory=settings.memory, cpu_seconds=settings.cpu_seconds, wall_seconds=settings.wall_seconds),
            environment=environment,
            interpreters=settings.interpreters,
            attempts=settings.attempts,
            mark=self._mark,
            starter=self._warm or FreshStarter(),
            stopping=threading.Event(),
        )
        self._threads = [
            threading.Thread(target=self._serve, name=f"engine-{number}", daemon=True)
            for number in range(settings.workers)
        ]
        self._running: dict[str, Execution] = {}
        self._wake = threading.Condition()
        self._submitted = 0
        self._alone = database.alone

    @property
    def slots(self) -> int:
        """How many tasks can run at the same time."""
        return len(self._threads)

    def start(self) -> None:
        """Clears what a killed process left behind, and begins to work."""
        kill_tree(self._mark)
        shutil.rmtree(self._means.work, ignore_errors=True)
        if self._alone:
            self._leases.end_all()
        if self._warm is not None:
            self._warm.prepare()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the work; tasks under way are left to whoever takes them next."""
        with self._wake:
            self._means.stopping.set()
            self._wake.notify_all()
        if self._warm is not None:
            self._warm.stop()
        kill_tree(self._mark)

    def submit(self, task: str) -> None:
        """Wakes a thread that waits."""
        del task
        with self._wake:
            self._submitted += 1
            self._wake.notify()

    def cancel(self, task: str) -> None:
        """Ends the task at once if it runs here; who else runs it sees the wish at the next heartbeat."""
        execution = self._running.get(task)
        if execution is not None:
            execution.cancel()

    def _serve(self) -> None:
        while not self._means.stopping.is_set():
            with self._wake:
                seen = self._submitted
            try:
                claim = self._leases.take()
                if claim is not None:
                    self._see_through(claim)
                    continue
            except Exception:
                _LOGGER.exception("a task could not be seen through; its lease ends by itself")
            with self._wake:
                if seen == self._submitted and not self._means.stopping.is_set():
                    self._wake.wait(_POLL)

    def _see_through(self, claim: Claim) -> None:
        execution = Execution(self._means, claim)
        self._running[claim.row.id] = execution
        try:
            execution.run()
        finally:
            del self._running[claim.row.id]
