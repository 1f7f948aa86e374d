"""Running a worker: a script under its own interpreter, in its own process group, with limits on time and memory."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright.errors import ToolMissingError, WorkerCrashedError, WorkerTimeoutError
from modelwright.workers.protocol import LOG, REPLY, Reply, ending, log_tail, read_reply, write_request

DEFAULT_TIMEOUT: Final = 600.0
_LONGEST_NAP: Final = 0.2
_FOREIGN_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def run_worker(
    script: Path,
    request: Mapping[str, Any],
    *,
    arrays: Mapping[str, np.ndarray] | None = None,
    python: Path | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    memory_limit: int | None = None,
) -> Reply:
    """Runs ``script`` on a request and waits for its reply.

    The worker and all processes it starts end with this call, also when it is interrupted.

    Args:
        script: A stand-alone Python script that takes the folder of the protocol as its argument.
        request: What it shall do, as JSON data.
        arrays: Tensors to go with it.
        python: The interpreter; None for the running one.
        timeout: Seconds it may take.
        memory_limit: Bytes of resident memory it may take (watched on Linux); None for no limit.

    Raises:
        ToolMissingError: There is no such interpreter.
        WorkerTimeoutError: It took too long.
        WorkerCrashedError: It ended without a reply, or took too much memory.
    """
    interpreter = _interpreter(python)
    folder = Path(tempfile.mkdtemp(prefix="modelwright-worker-"))
    try:
        write_request(folder, request, arrays or {})
        with (folder / LOG).open("wb") as log:
            try:
                process = subprocess.Popen(  # noqa: S603  the interpreter is the user's choice
                    [str(interpreter), str(script), str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=_environment(foreign=python is not None),
                    start_new_session=True,
                )
            except OSError as error:
                raise _missing(interpreter, error.strerror or str(error)) from error
            code = _Watch(process, folder, timeout=timeout, memory_limit=memory_limit).wait()
        if code != 0 and not (folder / REPLY).is_file():
            raise WorkerCrashedError(
                f"the worker {script.stem} {ending(code)}{log_tail(_log(folder))}",
                hint="run it with more memory, or check the interpreter it runs in",
            )
        return read_reply(folder, log=_log(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _interpreter(python: Path | None) -> Path:
    if python is None:
        return Path(sys.executable)
    found = shutil.which(str(python))
    if found is None:
        raise _missing(python, "no such program" if not python.exists() else "not a program")
    return Path(found).absolute()


def _missing(interpreter: Path, reason: str) -> ToolMissingError:
    return ToolMissingError(
        f"{interpreter}: cannot be started ({reason})",
        hint="give the path of a Python interpreter, such as env/bin/python",
    )


def _environment(*, foreign: bool) -> dict[str, str]:
    """This process's environment, without what would confuse another installation of Python."""
    dropped = _FOREIGN_VARIABLES if foreign else ()
    return {name: value for name, value in os.environ.items() if name not in dropped}


def _log(folder: Path) -> str:
    return (folder / LOG).read_text(encoding="utf-8", errors="replace")


class _Watch:
    """Waits for a process within limits and ends its whole group at the end."""

    def __init__(
        self, process: subprocess.Popen[bytes], folder: Path, *, timeout: float, memory_limit: int | None
    ) -> None:
        self._process = process
        self._folder = folder
        self._timeout = timeout
        self._memory_limit = memory_limit

    def wait(self) -> int:
        """The exit code; negative for a signal."""
        try:
            return self._wait()
        finally:
            self._end_group()

    def _wait(self) -> int:
        deadline = time.monotonic() + self._timeout
        nap = 0.01
        while True:
            try:
                return self._process.wait(nap)
            except subprocess.TimeoutExpired:
                nap = min(nap * 1.5, _LONGEST_NAP)
            if time.monotonic() > deadline:
                raise WorkerTimeoutError(
                    f"the worker did not answer within {self._timeout:g} s{log_tail(_log(self._folder))}",
                    hint="allow more time, or use a smaller model or batch",
                )
            used = _resident_bytes(self._process.pid)
            if self._memory_limit is not None and used > self._memory_limit:
                raise WorkerCrashedError(
                    f"the worker took {used >> 20} MiB of memory, more than the {self._memory_limit >> 20} MiB allowed",
                    hint="allow more memory, or use a smaller model or batch",
                )

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _resident_bytes(pid: int) -> int:
    """Resident memory of a process, or 0 where it cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else 0
