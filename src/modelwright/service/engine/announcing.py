"""Announces a worker with its toolchains, and that it is still there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

import modelwright
from modelwright.service.clock import now
from modelwright.service.database import Database
from modelwright.service.engine.presence import announce, seen, withdraw
from modelwright.service.engine.queues import QUEUES
from modelwright.service.engine.toolchains import Toolchain, buildable, look

_LOGGER: Final = logging.getLogger("modelwright.service")
_EVERY: Final = 5.0
_LAST: Final = 1.0
"""Seconds that one waits for the thread at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who is announced.

    Attributes:
        name: Its name.
        engine: ``local`` or ``celery``.
        queues: Names of its queues.
        slots: Tasks that it runs at the same time.
    """

    name: str
    engine: str
    queues: Sequence[str]
    slots: int


class Announcer:
    """A thread that looks for toolchains once, then tells the database again and again that the worker is there."""

    def __init__(
        self, database: Database, worker: Worker, variables: Mapping[str, str], python: Mapping[str, str]
    ) -> None:
        """Nothing is told yet.

        Args:
            database: The database.
            worker: Who is announced.
            variables: The environment variables that conversions get.
            python: Interpreters by their keys in a recipe.
        """
        self._database = database
        self._worker = worker
        self._variables = variables
        self._python = python
        self._begun = now()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="announcer", daemon=True)

    def start(self) -> None:
        """Announces the worker, without toolchains at first, and begins."""
        self._write(self._values(()), again=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes the worker away."""
        self._over.set()
        self._thread.join(_LAST)
        try:
            with self._database.write() as connection:
                withdraw(connection, self._worker.name)
        except SQLAlchemyError as error:  # it falls silent instead
            _LOGGER.warning("the worker could not be taken out of the list: %s", error)

    def _tell(self) -> None:
        values = self._values(look(self._variables, self._python))
        told = False
        while not self._over.is_set():
            told = self._write(values, again=not told)
            self._over.wait(_EVERY)

    def _write(self, values: Mapping[str, Any], *, again: bool) -> bool:
        """Tells that the worker is there, and all about it if that is wanted or was lost; whether it arrived."""
        try:
            with self._database.write() as connection:
                if again or not seen(connection, self._worker.name):
                    announce(connection, self._worker.name, **values)
        except SQLAlchemyError as error:
            _LOGGER.warning("the worker could not be announced: %s", error)
            return False
        return True

    def _values(self, toolchains: Sequence[Toolchain]) -> dict[str, Any]:
        chips = {chip for name in self._worker.queues for chip in QUEUES[name]}
        return {
            "engine": self._worker.engine,
            "queues": list(self._worker.queues),
            "slots": self._worker.slots,
            "toolchains": [asdict(item) for item in toolchains],
            "templates": buildable(chips, toolchains),
            "version": modelwright.__version__,
            "started": self._begun,
        }
