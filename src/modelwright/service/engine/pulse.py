"""Heartbeats beside whatever is being done: a lease holds while files are copied, too, however long that takes."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Final, Self

from sqlalchemy.exc import SQLAlchemyError

from modelwright.service.engine.lease import Claim, Leases

_LOGGER: Final = logging.getLogger("modelwright.service")


class Pulse:
    """A thread that prolongs a lease until the context is left.

    Attributes:
        ours: Whether the lease still held at the last heartbeat.
        canceled: Whether somebody wants the task to end.
    """

    def __init__(self, leases: Leases, claim: Claim) -> None:
        self.ours = True
        self.canceled = False
        self._leases = leases
        self._claim = claim
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{claim.lease}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def beat(self, lines: list[dict[str, str]], stage: str | None = None) -> None:
        """Prolongs the lease and passes lines of the log on, which are taken out of the list when they arrived."""
        try:
            self.ours, canceled = self._leases.beat(self._claim, lines, stage)
        except SQLAlchemyError as error:  # the next heartbeat may come through; if none does, the lease ends
            _LOGGER.warning("a heartbeat did not reach the database: %s", error)
            return
        lines.clear()
        self.canceled = self.canceled or canceled

    def _beat(self) -> None:
        while self.ours and not self._over.wait(self._leases.beat_every):
            self.beat([])
