"""Calibration that goes on where it was interrupted: statistics of the batches done, kept beside the result.

Statistics of parts merge to those of the whole, so a run that lasts is cut into windows of some seconds; after each,
what was seen so far is written. A short run is one window and writes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
import onnx_ir as ir

from modelwright.errors import UserError
from modelwright.hub.io_atomic import output_errors
from modelwright.quantize.calibrate import MEMORY_BUDGET, Progress, calibrate, silent
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.params import Placement
from modelwright.quantize.statistics import Statistics, load_statistics, merged_statistics, save_statistics

SECONDS: Final = 30.0
"""How long a window lasts, at least."""

_STATISTICS: Final = "statistics.npz"
_STATE: Final = "state.json"


@runtime_checkable
class PartFeeds(Feeds, Protocol):
    """Feeds that can be cut, and told apart by what they hold."""

    def part(self, start: int, stop: int) -> PartFeeds:
        """The batches from ``start`` to before ``stop``."""
        ...

    def digest(self) -> str:
        """A text that changes with the contents of the batches."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where statistics are kept while calibration runs.

    Attributes:
        folder: A folder for nothing else; made when there is something to keep.
        key: Gives a text that changes with everything but the data: model, settings, versions.
        seconds: How long a window lasts.
    """

    folder: Path
    key: Callable[[], str]
    seconds: float = SECONDS

    def load(self, feeds: PartFeeds) -> Statistics | None:
        """What an earlier run saw of the first of these batches; None without one, or when anything is different."""
        try:
            state = json.loads((self.folder / _STATE).read_text(encoding="utf-8"))
            done = int(state["batches"])
            if not 0 < done <= len(feeds) or state["key"] != self._key_of(feeds.part(0, done)):
                return None
            found = load_statistics(self.folder / _STATISTICS)
        except (OSError, ValueError, KeyError, TypeError, UserError):
            return None
        return found if found.batches == done and state["content"] == _content(self.folder / _STATISTICS) else None

    def save(self, statistics: Statistics, feeds: PartFeeds) -> None:
        """Keeps what was seen of the first batches.

        Raises:
            OutputError: There is no room.
        """
        with output_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            save_statistics(statistics, self.folder / _STATISTICS)
            state = {
                "key": self._key_of(feeds.part(0, statistics.batches)),
                "batches": statistics.batches,
                "content": _content(self.folder / _STATISTICS),
            }
            part = self.folder / f"{_STATE}.part"
            part.write_text(json.dumps(state), encoding="utf-8")
            part.replace(self.folder / _STATE)

    def clear(self) -> None:
        """Removes what was kept."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Removes the folder, and those in it, as far as nothing is kept there."""
        inside = sorted((path for path in self.folder.rglob("*") if path.is_dir()), reverse=True)
        for path in (*inside, self.folder):
            with contextlib.suppress(OSError):
                path.rmdir()

    def _key_of(self, feeds: PartFeeds) -> str:
        return hashlib.sha256(f"{self.key()} {feeds.digest()}".encode()).hexdigest()


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Window:
    """The batches of some seconds: the first iteration finds out how many, all further ones give the same."""

    def __init__(self, feeds: Feeds, *, deadline: float, clock: Callable[[], float]) -> None:
        self._feeds = feeds
        self._deadline = deadline
        self._clock = clock
        self._count: int | None = None

    def __len__(self) -> int:
        """How many batches, or how many at most before that is known."""
        return len(self._feeds) if self._count is None else self._count

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        """The batches."""
        if self._count is not None:
            yield from itertools.islice(self._feeds, self._count)
            return
        done = 0
        for batch in self._feeds:
            yield batch
            done += 1
            if self._clock() > self._deadline:
                break
        self._count = done


def calibrate_on(
    model: ir.Model,
    placement: Placement,
    feeds: PartFeeds,
    checkpoint: Checkpoint,
    *,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress = silent,
    clock: Callable[[], float] = time.monotonic,
) -> Statistics:
    """Calibrates as `calibrate` does, from where an earlier run was interrupted.

    Args:
        model: The prepared model, float.
        placement: What will be quantized.
        feeds: The data.
        checkpoint: Where statistics are kept until the caller clears it.
        memory_budget: Bytes for what is kept of one batch.
        progress: Hears of the batches.
        clock: Seconds.

    Returns:
        What one uninterrupted run gives, exactly.

    Raises:
        UserError: As `calibrate`.
    """
    seen = checkpoint.load(feeds)
    total = len(feeds)
    while seen is None or seen.batches < total:
        start = 0 if seen is None else seen.batches
        window = _Window(feeds.part(start, total), deadline=clock() + checkpoint.seconds, clock=clock)
        hears = partial(_progress, progress, start, total)
        found = calibrate(model, placement, window, memory_budget=memory_budget, progress=hears)
        if not found.tensors:
            return found
        seen = found if seen is None else merged_statistics(seen, found)
        if seen.batches < total:
            checkpoint.save(seen, feeds)
    return seen


def _progress(progress: Progress, start: int, total: int, done: int, of: int) -> None:
    progress(start + (total - start) * done // max(of, 1), total)
