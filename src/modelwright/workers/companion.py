"""A process of modelwright itself that answers calls, one after the other, until it is closed.

It starts while its caller goes on, so that its imports take none of the caller's time, and what crashes it (a fault in
native code, too little memory) is an error in the caller and not the caller's end.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, Final, Self

from modelwright.errors import WorkerCrashedError

if TYPE_CHECKING:
    import numpy as np

_START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from importlib import import_module; "
    "from modelwright.workers.companion import serve; "
    "module, _, name = sys.argv[1].partition(':'); serve(getattr(import_module(module), name)())"
)

Handler = Callable[[dict[str, Any], "dict[str, np.ndarray]"], "tuple[dict[str, Any], dict[str, np.ndarray]]"]
"""Answers one call: data and tensors to data and tensors."""


class Companion:
    """The caller's side: a child process with a pipe each way. A context manager that ends the process."""

    def __init__(self, factory: str) -> None:
        """Starts the process.

        Args:
            factory: ``package.module:function``; called without arguments in the child, it gives the ``Handler``.
        """
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self._process = subprocess.Popen(  # noqa: S603  this interpreter and this package
            [sys.executable, "-P", "-c", _START, factory, *filter(None, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        """The companion."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.close()

    def ask(self, data: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> None:
        """Sends a call; its answer must be fetched before the next one.

        Raises:
            WorkerCrashedError: The process has ended.
        """
        from modelwright.workers.frames import send

        try:
            send(self._pipe(self._process.stdin), data, arrays)
        except OSError:
            raise WorkerCrashedError(f"it {self._ending()}") from None

    def answer(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Waits for the answer to the last call.

        Raises:
            WorkerCrashedError: The process ended instead of answering.
        """
        from modelwright.workers.frames import receive

        try:
            return receive(self._pipe(self._process.stdout))
        except (OSError, EOFError):
            raise WorkerCrashedError(f"it {self._ending()}") from None

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None or pipe.closed:
            raise WorkerCrashedError("the process that should answer was closed")
        return pipe

    def close(self) -> None:
        """Ends the process; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what could not be sent any more
                    pipe.close()
        self._log.close()

    def _ending(self) -> str:
        from modelwright.workers.protocol import ending, log_tail

        code = self._process.wait()
        self._log.seek(0)
        return ending(code) + log_tail(self._log.read().decode(errors="replace"))


def serve(handler: Handler) -> None:
    """The child's side: answers calls on stdin until it is closed; what is printed goes to stderr."""
    from modelwright.workers.frames import receive, send

    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            data, arrays = receive(source)
        except EOFError:
            return
        send(target, *handler(data, arrays))
