"""The nursery: a process that has imported what conversions need, and becomes a worker by ``fork``.

Run as ``python -m modelwright.service.engine.nursery`` with a socket as stdin. It is started with a worker's
environment, holds modules and nothing else, has one thread, and never sees a task: what a task needs comes with the
request for its worker, as descriptors and variables, and is used in the child alone. It ends when its socket does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import modelwright
from modelwright.hub.imports import defer_heavy_imports
from modelwright.service.engine import worker
from modelwright.service.engine.tree import MARK

READY: Final = b"ready"
LARGEST: Final = 1 << 16
"""Bytes of a request."""
PASSED: Final = 4
"""Descriptors that come with a request: stdin, stdout, stderr, and where the exit code is told."""
_APART: Final = (
    "modelwright.__main__",
    "modelwright.cli",
    "modelwright.client",
    "modelwright.service",
    "modelwright.workers.entry",
)


def main() -> None:
    """Imports, then makes workers until the socket ends."""
    load()
    with socket.socket(fileno=0) as control:
        if len(list(Path("/proc/self/task").iterdir())) != 1:
            raise SystemExit("a module started a thread when it was imported; it cannot be forked")
        gc.collect()
        gc.freeze()
        with contextlib.suppress(ConnectionError):  # the service is gone before this was ready
            control.send(READY)
        _Nursery(control).serve()


def load() -> None:
    """Imports all that conversions may import, except for ONNX Runtime, which starts threads, and what needs it."""
    defer_heavy_imports()
    sys.modules["onnxruntime"] = None  # type: ignore[assignment]  what imports it is left out, and imported by the child
    try:
        for name in _modules():
            try:
                importlib.import_module(name)
            except ImportError:  # of an extra that is not installed, or ONNX Runtime's
                continue
    finally:
        del sys.modules["onnxruntime"]


def _modules() -> Iterator[str]:
    folders = [(list(modelwright.__path__), "modelwright.")]
    while folders:
        for item in pkgutil.iter_modules(*folders.pop()):
            if item.name.startswith(_APART):
                continue
            yield item.name
            if item.ispkg and item.name in sys.modules:
                folders.append((list(sys.modules[item.name].__path__), f"{item.name}."))


class _Nursery:
    """Forks, and tells how children ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, int] = {}
        self._woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _woken)

    def serve(self) -> None:
        """Until the socket ends."""
        while True:
            ready = select.select([self._control, self._woken], [], [])[0]
            if self._woken in ready:
                os.read(self._woken, 1 << 12)
                self._reap()
            if self._control in ready:
                data, passed = self._request()
                if not data:
                    return
                self._fork(json.loads(data), passed)

    def _request(self) -> tuple[bytes, list[int]]:
        """What is asked for; nothing at the end, also when the service left before it heard that this is ready."""
        try:
            data, passed, _, _ = socket.recv_fds(self._control, LARGEST, PASSED)
        except ConnectionError:
            return b"", []
        return data, passed

    def _reap(self) -> None:
        """Tells the exit codes of those that ended."""
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            told = self._children.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # nobody waits any more
                os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(told)

    def _fork(self, request: dict[str, Any], passed: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            _become_worker(request, passed)
        for descriptor in passed[:3]:
            os.close(descriptor)
        self._children[pid] = passed[3]


def _woken(number: int, frame: object) -> None:
    """A handler, so that the system wakes this process up; what is to be done is done by ``serve``."""
    del number, frame


def _become_worker(request: dict[str, Any], passed: list[int]) -> None:
    """Turns a child of the nursery into a worker; does not return."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for place, descriptor in enumerate(passed[:3]):
            os.dup2(descriptor, place)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.setsid()
        _take_environment(request["variables"])
        os.chdir(request["scratch"])
        worker.main(Path(request["folder"]))
        code = 0
    except BaseException:  # noqa: BLE001  the process ends here, whatever it is
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _take_environment(variables: dict[str, str]) -> None:
    """Replaces the environment, for this process and for what it starts.

    The mark is written over the nursery's, which is at least as long, where the process was given its environment:
    there others look for it in ``/proc``.
    """
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_void_p
    place, room = getenv(MARK.encode()), len(os.environ[MARK].encode())
    mark = variables[MARK].encode()
    ctypes.memmove(place, mark.ljust(room, b"\0")[:room], room)
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = None


if __name__ == "__main__":
    main()
