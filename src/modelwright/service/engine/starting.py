"""How a worker process begins: from scratch, or from a nursery that has imported what workers need."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

LOST: Final = -9
"""The exit code of a process of which nobody knows how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a worker process is started with.

    Attributes:
        folder: The worker's folder, with its request.
        scratch: Its working and temporary folder.
        variables: Its environment, all of it.
        stdin: What it reads; it ends when this does.
        stdout: Where it tells.
        stderr: Where everything else goes.
    """

    folder: Path
    scratch: Path
    variables: Mapping[str, str]
    stdin: int
    stdout: int
    stderr: int


class Started(Protocol):
    """A process that was started."""

    def wait(self, seconds: float) -> int | None:
        """Its exit code, negative for a signal, or None when it still runs after so many seconds."""
        ...

    def close(self) -> None:
        """Gives back what belongs to it; it has ended."""
        ...


class Starter(Protocol):
    """Starts worker processes."""

    def prepare(self) -> None:
        """Gets ready, so that the first worker does not wait for it."""
        ...

    def stop(self) -> None:
        """Gives back what it got ready; workers go on."""
        ...

    def start(self, beginning: Beginning) -> Started:
        """Starts one; the descriptors are copied.

        Raises:
            OSError: The system has no more processes or memory.
        """
        ...


class FreshStarter:
    """Starts an interpreter for each worker."""

    def prepare(self) -> None:
        """There is nothing to get ready."""

    def stop(self) -> None:
        """There is nothing to give back."""

    def start(self, beginning: Beginning) -> Started:
        """Starts one."""
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "modelwright.service.engine.worker", str(beginning.folder)],
            stdin=beginning.stdin,
            stdout=beginning.stdout,
            stderr=beginning.stderr,
            cwd=beginning.scratch,
            env=dict(beginning.variables),
            start_new_session=True,
        )
        return _Process(process)


class _Process:
    """A child of this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._handle = os.pidfd_open(process.pid)

    def wait(self, seconds: float) -> int | None:
        with contextlib.suppress(InterruptedError):
            select.select([self._handle], [], [], seconds)
        return self._process.poll()

    def close(self) -> None:
        os.close(self._handle)
