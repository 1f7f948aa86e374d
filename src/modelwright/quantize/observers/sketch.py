"""A histogram that is made on the fly and that loses nothing when the range grows or when two are put together.

Bins are as wide as a power of two and lie on multiples of their width, the narrowest of which 2048 cover all numbers
seen and zero. A bin of twice the width is then exactly two old ones, whatever came first: halves of the data, put
together, give the histogram of the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from modelwright.errors import InternalError

BINS: Final = 2048
"""Most bins that a sketch has; it has at least half as many where the range is not zero."""

_NARROWEST: Final = -126
"""Exponent of the narrowest bin: float32 can be scaled by its inverse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What was seen of a tensor.

    Attributes:
        low: Least number, exactly.
        high: Largest number, exactly.
        exponent: Bins are ``2**exponent`` wide.
        first: Index of the first bin: it begins at ``first * 2**exponent``.
        counts: int64, numbers in each bin; of large tensors only some were counted.
    """

    low: float
    high: float
    exponent: int
    first: int
    counts: np.ndarray

    @property
    def width(self) -> float:
        """Width of a bin."""
        return math.ldexp(1.0, self.exponent)

    @property
    def centers(self) -> np.ndarray:
        """float64, the middle of each bin; of the outermost, a number that was seen if the middle is beyond."""
        middles = (np.arange(len(self.counts)) + (self.first + 0.5)) * self.width
        return np.clip(middles, min(self.low, 0.0), max(self.high, 0.0))


def sketch_of(numbers: np.ndarray, low: float, high: float) -> Sketch:
    """The sketch of some float32 numbers.

    Args:
        numbers: The numbers, finite, of any shape; those of a large tensor may be a choice of them.
        low: Least number of the tensor.
        high: Largest number of the tensor.

    Raises:
        ValueError: Some are not finite.
    """
    empty = nothing_seen(low, high)
    scaled = np.multiply(numbers.reshape(-1), np.float32(math.ldexp(1.0, -empty.exponent)), dtype=np.float32)
    np.floor(scaled, out=scaled)
    scaled -= np.float32(empty.first)
    if scaled.size and not np.isfinite(scaled.sum(dtype=np.float64)):
        raise ValueError("some numbers are not finite")
    counts = np.bincount(scaled.astype(np.intp), minlength=len(empty.counts))
    return replace(empty, counts=counts)


def merged(a: Sketch, b: Sketch) -> Sketch:
    """The sketch of everything that two have seen; the order does not matter."""
    whole = widened(a, b.low, b.high)
    part = _coarser(b, whole.exponent)
    counts = whole.counts.copy()
    start = part.first - whole.first
    counts[start : start + len(part.counts)] += part.counts
    return replace(whole, counts=counts)


def widened(sketch: Sketch, low: float, high: float) -> Sketch:
    """The sketch as it would be if ``low`` and ``high`` had been seen too, without counting them."""
    low, high = min(sketch.low, low), max(sketch.high, high)
    exponent = _exponent_for(low, high)
    first, last = _span(low, high, exponent)
    part = _coarser(sketch, exponent)
    counts = np.zeros(last - first + 1, np.int64)
    counts[part.first - first : part.first - first + len(part.counts)] = part.counts
    return Sketch(low=low, high=high, exponent=exponent, first=first, counts=counts)


def nothing_seen(low: float, high: float) -> Sketch:
    """A sketch of a range of which nothing was counted yet.

    Raises:
        ValueError: The range is not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("the range is not finite")
    exponent = _exponent_for(low, high)
    first, last = _span(low, high, exponent)
    return Sketch(low=low, high=high, exponent=exponent, first=first, counts=np.zeros(last - first + 1, np.int64))


def _coarser(sketch: Sketch, exponent: int) -> Sketch:
    """The same counts in bins of ``2**exponent``, which are not narrower than the sketch's own."""
    steps = exponent - sketch.exponent
    if steps < 0:
        raise InternalError("a sketch was narrower than its part")
    if steps == 0:
        return sketch
    places = (np.arange(len(sketch.counts), dtype=np.int64) + sketch.first) >> min(steps, 62)
    first = int(places[0])
    counts = np.zeros(int(places[-1]) - first + 1, np.int64)
    np.add.at(counts, places - first, sketch.counts)
    return replace(sketch, exponent=exponent, first=first, counts=counts)


def _exponent_for(low: float, high: float) -> int:
    """Exponent of the narrowest bins that cover a range, and zero, in their number."""
    span = max(high, 0.0) - min(low, 0.0)
    exponent = max(_NARROWEST, math.frexp(span)[1] - BINS.bit_length()) if span else _NARROWEST
    while True:
        first, last = _span(low, high, exponent)
        if last - first < BINS:
            return exponent
        exponent += 1


def _span(low: float, high: float, exponent: int) -> tuple[int, int]:
    """First and last bin of a range and zero."""
    scale = math.ldexp(1.0, -exponent)
    return math.floor(min(low, 0.0) * scale), math.floor(max(high, 0.0) * scale)
