"""Uploads that nobody goes on with are taken away after a while."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from typing import Final

from modelwright.service.clock import moment
from modelwright.service.uploads.service import UploadService

_LOGGER: Final = logging.getLogger("modelwright.service")
_LAST_WORDS: Final = 10.0
"""Seconds that a look under way has."""
_OFTEN: Final = 60.0
_SELDOM: Final = 3600.0
"""Seconds between two looks, at least and at most."""


class Expiry:
    """A thread that takes away uploads to which nothing was added for so many hours; several servers may have one."""

    def __init__(self, uploads: UploadService, hours: float) -> None:
        self._uploads = uploads
        self._hours = hours
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="upload-expiry", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, when a look that is under way is over: the database is closed next."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_LAST_WORDS)

    def sweep(self) -> int:
        """Takes away what is too old now; gives how many uploads that were."""
        return self._uploads.expire(moment(dt.datetime.now(dt.UTC) - dt.timedelta(hours=self._hours)))

    def _serve(self) -> None:
        pause = max(_OFTEN, min(_SELDOM, self._hours * 900))
        while True:
            try:
                self.sweep()
            except Exception:
                _LOGGER.exception("old uploads could not be taken away; it is tried again")
            if self._stopping.wait(pause):
                return
