"""What a Celery worker's process does with a message."""

from __future__ import annotations

import ctypes
import os
import signal
from functools import cached_property
from typing import Final

from modelwright.service.assembly import open_cache, open_store
from modelwright.service.database import Database
from modelwright.service.engine.execution import Execution
from modelwright.service.engine.means import Means, make_means
from modelwright.service.settings import ServiceSettings

KIND: Final = "worker"
_PR_SET_PDEATHSIG: Final = 1


class Runner:
    """Sees tasks through. What it needs is made in the process that works, after it was forked."""

    def __init__(self, settings: ServiceSettings, name: str) -> None:
        self._settings = settings
        self._name = name

    @cached_property
    def _means(self) -> Means:
        database = Database(self._settings.database_url)
        store = open_store(self._settings, database)
        means = make_means(self._settings, database, store, open_cache(self._settings, store), self._name, KIND)
        means.starter.prepare()
        return means

    def run(self, task: str) -> None:
        """Runs a task, if it is still open."""
        claim = self._means.leases.take(task)
        if claim is not None:
            Execution(self._means, claim).run()


def die_with(parent: int) -> None:
    """Has the kernel kill this process when its parent is gone, however that ends (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
