"""Progress on stderr: only on a terminal, and only for a step that takes more than a second."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager
from typing import Any

PATIENCE = 1.0
"""Seconds before something is shown."""

_PHRASES = {
    "import": "reading and converting the model",
    "optimize": "optimizing the graph",
    "export": "checking and writing",
    "verify": "running and comparing",
}


class Progress:
    """Shows a spinner while a long step runs; hears of steps as the run's observer."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._shown: AbstractContextManager[Any] | None = None
        self._lock = threading.Lock()

    def begin(self, step: str) -> None:
        """Starts waiting; nothing is shown yet."""
        if not sys.stderr.isatty():
            return
        self._timer = threading.Timer(PATIENCE, self._show, [step])
        self._timer.daemon = True
        self._timer.start()

    def end(self, step: str) -> None:
        """Takes away what is shown."""
        del step
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._shown is not None:
                self._shown.__exit__(None, None, None)
                self._shown = None

    def _show(self, step: str) -> None:
        from modelwright.cli.output import console

        with self._lock:
            if self._timer is not None:
                self._shown = console(errors=True).status(f"{_PHRASES.get(step, step)} ...")
                self._shown.__enter__()
