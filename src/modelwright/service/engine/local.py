"""The engine of one machine: threads of this process, each of which sees one task at a time through."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from typing import Final

from modelwright.service.database import Database
from modelwright.service.engine.announcing import Announcer, Worker
from modelwright.service.engine.cache import Cache
from modelwright.service.engine.execution import Execution
from modelwright.service.engine.identity import own_name
from modelwright.service.engine.lease import Claim
from modelwright.service.engine.means import make_means
from modelwright.service.engine.process import base_variables
from modelwright.service.engine.queues import QUEUES
from modelwright.service.engine.tree import kill_tree
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.store import Store

_LOGGER: Final = logging.getLogger("modelwright.service")
_POLL: Final = 1.0
"""Seconds after which one looks for lost tasks although nobody said anything."""
_LAST_WORDS: Final = 5.0
"""Seconds that threads have to see that it is over."""
KIND: Final = "local"


class LocalEngine:
    """Runs tasks in worker processes of this machine."""

    def __init__(self, settings: ServiceSettings, database: Database, store: Store, cache: Cache) -> None:
        name = own_name(settings.data.absolute(), KIND)
        self._means = make_means(settings, database, store, cache, name, KIND)
        self._leases = self._means.leases
        self._announcer = Announcer(
            self._means.database,
            Worker(name=name, engine="local", queues=tuple(QUEUES), slots=settings.workers),
            base_variables(self._means.environment),
            settings.interpreters,
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
        kill_tree(self._means.mark)
        shutil.rmtree(self._means.work, ignore_errors=True)
        if self._alone:
            self._leases.end_all()
        else:
            self._leases.end_own()
        self._means.starter.prepare()
        self._announcer.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the work; tasks under way are left to whoever takes them next. The database is closed after this."""
        with self._wake:
            self._means.stopping.set()
            self._wake.notify_all()
        self._means.starter.stop()
        kill_tree(self._means.mark)
        self._announcer.stop()
        until = time.monotonic() + _LAST_WORDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))

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
