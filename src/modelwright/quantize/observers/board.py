"""The sketches of many tensors, counted together: a few calls for a batch where single sketches would take hundreds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from modelwright.quantize.observers.sketch import BINS, Sketch, nothing_seen, widened

_CHUNK: Final = 1 << 15
"""Numbers that are counted at once: what lies between stays in the processor's caches."""


class NotFiniteError(ValueError):
    """A tensor holds numbers that are not finite.

    Attributes:
        place: Which one.
    """

    def __init__(self, place: int) -> None:
        super().__init__(f"tensor {place} holds numbers that are not finite")
        self.place = place


class Board:
    """Sketches that grow batch by batch; they are what merging sketches of the batches would give."""

    def __init__(self, size: int) -> None:
        """Nothing was seen yet.

        Args:
            size: Number of tensors.
        """
        self._sketches: list[Sketch | None] = [None] * size
        self._lows = np.full(size, np.inf, np.float32)
        self._highs = np.full(size, -np.inf, np.float32)
        self._counts = np.zeros((size, BINS), np.int64)
        self._scales = np.ones(size, np.float32)
        self._firsts = np.zeros(size, np.float32)
        self._offsets = np.arange(size, dtype=np.float32) * BINS

    def add(self, least: np.ndarray, largest: np.ndarray, numbers: Sequence[np.ndarray]) -> None:
        """Takes a batch into account.

        Args:
            least: float32 ``[T]``, the least number of each tensor.
            largest: float32 ``[T]``, the largest number of each.
            numbers: Some numbers of each, float32, inside those.

        Raises:
            NotFiniteError: Some are not finite.
        """
        finite = np.isfinite(least) & np.isfinite(largest)
        if not finite.all():
            raise NotFiniteError(int(np.argmin(finite)))
        for place in np.flatnonzero((least < self._lows) | (largest > self._highs)).tolist():
            self._widen(place, float(least[place]), float(largest[place]))
        sizes = np.array([array.size for array in numbers])
        chunks = np.flatnonzero(np.diff(np.cumsum(sizes) // _CHUNK)) + 1
        for start, stop in itertools.pairwise([0, *chunks.tolist(), len(numbers)]):
            self._count(numbers[start:stop], sizes[start:stop], start)

    def sketches(self) -> list[Sketch]:
        """What was seen of each tensor.

        Raises:
            ValueError: No batch was added.
        """
        return [self._sketch(place) for place in range(len(self._sketches))]

    def _sketch(self, place: int) -> Sketch:
        sketch = self._sketches[place]
        if sketch is None:
            raise ValueError(f"nothing was seen of tensor {place}")
        counts = self._counts[place, : len(sketch.counts)].copy()
        return Sketch(low=sketch.low, high=sketch.high, exponent=sketch.exponent, first=sketch.first, counts=counts)

    def _widen(self, place: int, low: float, high: float) -> None:
        known = self._sketches[place] is not None
        sketch = widened(self._sketch(place), low, high) if known else nothing_seen(low, high)
        self._sketches[place] = sketch
        self._counts[place] = 0
        self._counts[place, : len(sketch.counts)] = sketch.counts
        self._lows[place], self._highs[place] = sketch.low, sketch.high
        self._scales[place], self._firsts[place] = math.ldexp(1.0, -sketch.exponent), sketch.first

    def _count(self, numbers: Sequence[np.ndarray], sizes: np.ndarray, start: int) -> None:
        """Counts the numbers of some tensors, the first of which is number ``start``."""
        part = slice(start, start + len(numbers))
        scaled = np.concatenate([array.reshape(-1) for array in numbers])
        scaled *= np.repeat(self._scales[part], sizes)
        np.floor(scaled, out=scaled)
        scaled += np.repeat(self._offsets[: len(numbers)] - self._firsts[part], sizes)
        if scaled.size and not np.isfinite(scaled.sum(dtype=np.float64)):
            raise NotFiniteError(start + self._broken(numbers))
        found = np.bincount(scaled.astype(np.intp), minlength=len(numbers) * BINS)
        self._counts[part] += found.reshape(len(numbers), BINS)

    @staticmethod
    def _broken(numbers: Sequence[np.ndarray]) -> int:
        return next(place for place, array in enumerate(numbers) if not np.isfinite(array).all())
