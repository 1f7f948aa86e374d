"""Progress on stderr: only on a terminal, and only for a step that takes more than a second."""

from __future__ import annotations

import sys
import threading
from typing import Any

PATIENCE = 1.0
"""Seconds before something is shown."""

_PHRASES = {
    "import": "reading and converting the model",
    "optimize": "optimizing the graph",
    "quantize": "calibrating and quantizing",
    "export": "checking and writing",
    "verify": "running and comparing",
}


class Progress:
    """Shows a spinner while a long step runs; hears of steps as the run's observer."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._status: Any = None
        self._phrase = ""
        self._lock = threading.Lock()

    def begin(self, step: str) -> None:
        """Starts waiting; nothing is shown yet."""
        if not sys.stderr.isatty():
            return
        self._timer = threading.Timer(PATIENCE, self._show, [step])
        self._timer.daemon = True
        self._timer.start()

    def advance(self, done: int, of: int) -> None:
        """Says how far the step is, once something is shown."""
        with self._lock:
            if self._status is not None and of:
                self._status.update(f"{self._phrase} ... {done} of {of}")

    def end(self, step: str) -> None:
        """Takes away what is shown."""
        del step
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._status is not None:
                self._status.__exit__(None, None, None)
                self._status = None

    def _show(self, step: str) -> None:
        from modelwright.cli.output import console

        with self._lock:
            if self._timer is not None:
                self._phrase = _PHRASES.get(step, step)
                self._status = console(errors=True).status(f"{self._phrase} ...")
                self._status.__enter__()
