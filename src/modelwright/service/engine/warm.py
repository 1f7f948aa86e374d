"""Starts workers from a nursery, so that none of them imports again what all of them need."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modelwright.service.engine.starting import LOST, Beginning, FreshStarter, Started
from modelwright.service.engine.tree import MARK

_LOGGER: Final = logging.getLogger("modelwright.service")
_ROOM: Final = 64
"""Bytes that a worker's mark may have beyond the marks' common beginning."""
_WORD: Final = 16
"""Bytes of what a nursery tells, at most."""


class WarmStarter:
    """Keeps a nursery; while there is none, workers begin from scratch.

    One that is gone is replaced when the next worker is started, one that never came up is not.
    """

    def __init__(self, folder: Path, mark: str, environment: Mapping[str, str]) -> None:
        """Starts nothing yet.

        Args:
            folder: Where the nursery runs; made.
            mark: How the marks of all workers begin.
            environment: The variables that all workers get.
        """
        self._folder = folder
        self._variables = {**environment, MARK: mark + "-" * _ROOM}
        self._fresh = FreshStarter()
        self._lock = threading.Lock()
        self._nursery: _Nursery | None = None
        self._fit = True

    def prepare(self) -> None:
        """Starts the nursery, so that it is there when a worker is wanted."""
        with self._lock:
            self._look()

    def start(self, beginning: Beginning) -> Started:
        """Starts a worker."""
        with self._lock:
            nursery = self._look()
            found = None if nursery is None else nursery.bear(beginning)
        return found or self._fresh.start(beginning)

    def stop(self) -> None:
        """Ends the nursery for good; its workers go on."""
        with self._lock:
            self._fit = False
            self._drop()

    def _look(self) -> _Nursery | None:
        """The nursery if it is ready; one is started if it is time for that."""
        if self._nursery is not None and self._nursery.ended():
            self._fit = self._nursery.ready
            self._drop()
            if not self._fit:
                _LOGGER.error("the nursery of workers did not come up: every worker begins from scratch")
        if self._nursery is None and self._fit:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._nursery = _Nursery(self._folder, self._variables)
        return self._nursery if self._nursery is not None and self._nursery.ready else None

    def _drop(self) -> None:
        if self._nursery is not None:
            self._nursery.close()
        self._nursery = None


class _Nursery:
    """A nursery process.

    Attributes:
        ready: Whether it has imported everything.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.ready = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "modelwright.service.engine.nursery"],
                stdin=theirs.fileno(),
                cwd=folder,
                env=dict(variables),
                start_new_session=True,
            )

    def ended(self) -> bool:
        """Whether it is gone; notices when it is ready."""
        while select.select([self._control], [], [], 0)[0]:
            try:
                if not self._control.recv(_WORD):
                    return True
            except ConnectionError:
                return True
            self.ready = True
        return False

    def bear(self, beginning: Beginning) -> Started | None:
        """A worker, or None when the nursery is gone after all."""
        request = {
            "folder": str(beginning.folder),
            "scratch": str(beginning.scratch),
            "variables": dict(beginning.variables),
        }
        told, tells = os.pipe2(os.O_CLOEXEC)
        passed = [beginning.stdin, beginning.stdout, beginning.stderr, tells]
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], passed)
        except OSError:
            os.close(told)
            return None
        finally:
            os.close(tells)
        return _Child(told)

    def close(self) -> None:
        """Ends it."""
        self._control.close()
        self._process.kill()
        self._process.wait()


class _Child:
    """A worker that a nursery bore."""

    def __init__(self, told: int) -> None:
        self._told = told
        self._code: int | None = None

    def wait(self, seconds: float) -> int | None:
        """Its exit code; that of a child whose nursery died is not known."""
        with contextlib.suppress(InterruptedError):
            if self._code is None and select.select([self._told], [], [], seconds)[0]:
                self._code = int(os.read(self._told, _WORD) or LOST)
        return self._code

    def close(self) -> None:
        """Closes the pipe."""
        os.close(self._told)
