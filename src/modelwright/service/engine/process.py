"""A worker process: started with nothing but what it needs, watched, and ended with all that it started."""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from modelwright.service.engine.starting import LOST, Beginning, FreshStarter, Started, Starter
from modelwright.service.engine.tree import MARK, kill_tree, resident_bytes
from modelwright.service.engine.worker import REQUEST, SCRATCH, without_places

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")
_TICK: Final = 0.2
_MEMORY_EVERY: Final = 1.0
_LAST_WORDS: Final = 10.0
"""Seconds that a worker has to end after it answered."""
_LONGEST_LINE: Final = 64 << 20
_STDERR: Final = "stderr.txt"


def base_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that all workers have, those that settings name among them; nothing else of ours is in it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", **environment, "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a worker may take.

    Attributes:
        memory: Bytes of resident memory, of all its processes together.
        cpu_seconds: Seconds of processor time, of each of its processes.
        wall_seconds: Seconds.
    """

    memory: int
    cpu_seconds: int
    wall_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a worker ended.

    Attributes:
        answer: What it said at the end, or None when it died before.
        code: Its exit code; negative for a signal.
        reason: Why it was ended from here: ``canceled``, ``lost``, ``time`` or ``memory``; empty when it ended itself.
        said: The last of what it wrote to stderr.
    """

    answer: dict[str, Any] | None
    code: int
    reason: str
    said: str


class Worker:
    """One worker process."""

    def __init__(
        self,
        folder: Path,
        mark: str,
        limits: Limits,
        environment: Mapping[str, str],
        starter: Starter | None = None,
    ) -> None:
        """Starts nothing yet.

        Args:
            folder: A folder of the worker's own.
            mark: By which its processes are known.
            limits: What it may take.
            environment: Variables that it gets besides the few that all get.
            starter: How it is started; from scratch by default.
        """
        self._folder = folder
        self._scratch = folder / SCRATCH
        self._mark = mark
        self._limits = limits
        self._environment = environment
        self._starter = starter or FreshStarter()

    def run(
        self,
        request: Mapping[str, Any],
        *,
        hear: Callable[[str, Any], None],
        tick: Callable[[], str],
    ) -> Ended:
        """Runs a request to its end.

        Args:
            request: What to do.
            hear: Hears what the worker tells: ``log`` with a line, ``stage`` with a name.
            tick: Called several times a second; a text that is not empty ends the worker for that reason.
        """
        data = {**request, "memory": self._limits.memory, "cpu_seconds": self._limits.cpu_seconds}
        (self._folder / REQUEST).write_text(json.dumps(data), encoding="utf-8")
        self._scratch.mkdir()
        process, stdin, stdout = self._start()
        with stdin, stdout:
            try:
                answer, reason = self._watch(stdout, hear, tick)
                if not reason:
                    process.wait(_LAST_WORDS)
            finally:
                code = self._end(process, stdin)
        return Ended(answer=answer, code=code, reason=reason, said=self._said())

    def _end(self, process: Started, stdin: BinaryIO) -> int:
        """Ends the process, if it has not ended, and all that it started; gives the exit code."""
        kill_tree(self._mark)
        stdin.close()  # for one that did not bear its mark yet
        code = process.wait(_LAST_WORDS)
        process.close()
        return LOST if code is None else code

    def _start(self) -> tuple[Started, BinaryIO, BinaryIO]:
        """The process, what it reads until it shall end, and what it tells."""
        theirs, stdin = os.pipe2(os.O_CLOEXEC)
        stdout, tells = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(tells, True)
        try:
            with (self._folder / _STDERR).open("wb") as errors:
                process = self._starter.start(
                    Beginning(
                        folder=self._folder,
                        scratch=self._scratch,
                        variables=self._variables(),
                        stdin=theirs,
                        stdout=tells,
                        stderr=errors.fileno(),
                    )
                )
        finally:
            os.close(theirs)
            os.close(tells)
        return process, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")

    def _variables(self) -> dict[str, str]:
        own = {"HOME": str(self._scratch), "TMPDIR": str(self._scratch), MARK: self._mark}
        return {**base_variables(self._environment), **own}

    def _watch(
        self, stream: BinaryIO, hear: Callable[[str, Any], None], tick: Callable[[], str]
    ) -> tuple[dict[str, Any] | None, str]:
        """Reads until the worker's end, or until it has to be ended; its last word, and why."""
        begun = looked = time.monotonic()
        answer: dict[str, Any] | None = None
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while True:
                if selector.select(_TICK):
                    data = stream.read(1 << 16)
                    if data == b"":
                        return answer, ""
                    *lines, rest = (rest + (data or b"")).split(b"\n")
                    answer = _heard(lines, hear) or answer
                reason = tick()
                at = time.monotonic()
                if not reason and at - looked > _MEMORY_EVERY:
                    looked = at
                    reason = "memory" if resident_bytes(self._mark) > self._limits.memory else ""
                if at - begun > self._limits.wall_seconds:
                    reason = reason or "time"
                if reason or len(rest) > _LONGEST_LINE:
                    return answer, reason or "memory"

    def _said(self) -> str:
        data = (self._folder / _STDERR).read_bytes()[-4000:]
        return without_places(data.decode(errors="replace"), self._folder).strip()


def _heard(lines: list[bytes], hear: Callable[[str, Any], None]) -> dict[str, Any] | None:
    """Passes on what was told; gives the last word if it is among the lines."""
    answer: dict[str, Any] | None = None
    for line in lines:
        for kind, data in json.loads(line).items():
            if kind == "end":
                answer = data
            else:
                hear(kind, data)
    return answer
