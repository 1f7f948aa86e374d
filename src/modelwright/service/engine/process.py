"""A worker process: started with nothing but what it needs, watched, and ended with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modelwright.service.engine.tree import MARK, kill_tree, resident_bytes
from modelwright.service.engine.worker import REQUEST

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")
_TICK: Final = 0.2
_MEMORY_EVERY: Final = 1.0
_LAST_WORDS: Final = 10.0
"""Seconds that a worker has to end after it answered."""
_LONGEST_LINE: Final = 64 << 20


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

    def __init__(self, folder: Path, mark: str, limits: Limits, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._mark = mark
        self._limits = limits
        self._environment = environment

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
        scratch = self._folder / "tmp"
        scratch.mkdir()
        with (self._folder / "stderr.txt").open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "modelwright.service.engine.worker", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=scratch,
                env=self._variables(scratch),
                start_new_session=True,
            )
        try:
            answer, reason = self._watch(process, hear, tick)
            if not reason:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LAST_WORDS)
        finally:
            kill_tree(self._mark)
            process.kill()
            code = process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        return Ended(answer=answer, code=code, reason=reason, said=self._said())

    def _variables(self, scratch: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {"HOME": str(scratch), "TMPDIR": str(scratch), MARK: self._mark, "PYTHONUNBUFFERED": "1"}
        return {**kept, "OPENBLAS_NUM_THREADS": "1", **self._environment, **own}

    def _watch(
        self, process: subprocess.Popen[bytes], hear: Callable[[str, Any], None], tick: Callable[[], str]
    ) -> tuple[dict[str, Any] | None, str]:
        """Reads until the worker's end, or until it has to be ended; its last word, and why."""
        stream = process.stdout
        assert stream is not None  # noqa: S101  it is a pipe
        os.set_blocking(stream.fileno(), False)
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
        data = (self._folder / "stderr.txt").read_bytes()[-4000:]
        return data.decode(errors="replace").strip()


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
