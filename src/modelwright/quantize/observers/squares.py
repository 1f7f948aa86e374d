"""The range with the least squared error: rounding inside against clipping outside.

The error is that of the numbers, or of a function of them where all that reads them is that function.
Rounding errors are even over a step, so that their mean square is ``step**2 / 12``; zeros are exact. What clipping
costs follows from sums over the bins outside (Banner et al. 2018, "Post-training 4-bit quantization of convolution
networks").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from modelwright.quantize.observers.sketch import Sketch
from modelwright.quantize.settings import BITS, Scheme

Function = Callable[[np.ndarray], np.ndarray]
"""An elementwise function, float64 to float64."""

_CANDIDATES: Final = 96
_SMALLEST: Final = 0.05
"""Candidates reach from this part of each side to all of it."""
_SYSTEMATIC: Final = 16.0
"""What clipping counts more than rounding behind a function: all that it flattens is off to the same side, and such
errors add up in the sums behind. Of 1, 4 and 16, 16 was the best for a classifier and for a detector of SiLUs."""
_NEAR: Final = 1e-5
"""Part of the range over which slopes are taken."""


def least_squares_range(
    sketch: Sketch,
    scheme: Scheme,
    *,
    pays: float = 1.0,
    outliers: float = 1.0,
    function: Function | None = None,
) -> tuple[float, float]:
    """The best of a grid of ranges inside what was seen.

    Args:
        sketch: What was seen.
        scheme: How numbers become integers; with a symmetric one both ends move together.
        pays: The whole range is kept unless the error is at most this part of its error.
        outliers: How much more an error of clipping counts than one of rounding.
        function: What everything computes of the numbers first; None for nothing.
    """
    low, high = min(sketch.low, 0.0), max(sketch.high, 0.0)
    if low == high or not sketch.counts.any():
        return low, high
    lows, highs = _candidates(low, high, symmetric=scheme.symmetric)
    steps = 2 ** BITS[scheme.dtype] - 1
    through = function or _same
    errors = (
        _clipped(sketch, highs, through, above=True)[None, :] + _clipped(sketch, lows, through, above=False)[:, None]
    )
    errors *= outliers if function is None else max(outliers, _SYSTEMATIC)
    rounded = np.full_like(errors, _inexact(sketch)) if function is None else _felt(sketch, function, lows, highs)
    spans = highs[None, :] - lows[:, None]
    errors = errors + rounded * (spans / steps) ** 2 / 12
    if scheme.symmetric:
        errors = np.diagonal(errors)[:, None]
    best = int(np.argmin(errors))
    if errors.flat[best] > pays * errors.flat[0]:
        return low, high
    row, column = divmod(best, errors.shape[1])
    return float(lows[row]), float(highs[row if scheme.symmetric else column])


def _same(numbers: np.ndarray) -> np.ndarray:
    return numbers


def _candidates(low: float, high: float, *, symmetric: bool) -> tuple[np.ndarray, np.ndarray]:
    """Ends from the whole range inwards; the whole range is first."""
    parts = np.linspace(1.0, _SMALLEST, _CANDIDATES)
    if symmetric:
        limit = max(-low, high)
        return -limit * parts, limit * parts
    one = parts[:1]
    return low * (parts if low else one), high * (parts if high else one)


def _inexact(sketch: Sketch) -> int:
    """How many numbers rounding makes inexact: those outside the bin at zero."""
    at_zero = -sketch.first
    return int(sketch.counts.sum() - sketch.counts[at_zero])


def _felt(sketch: Sketch, function: Function, lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """For each range ``[lows, highs]``, the inexact numbers inside, each by the squared slope of the function there."""
    centers, counts = sketch.centers, sketch.counts.astype(np.float64)
    counts[-sketch.first] = 0
    near = max(sketch.high - sketch.low, 1.0) * _NEAR
    slopes = (function(centers + near) - function(centers - near)) / (2 * near)
    below = np.append(0.0, np.cumsum(counts * slopes**2))
    return below[np.searchsorted(centers, highs)][None, :] - below[np.searchsorted(centers, lows)][:, None]


def _clipped(sketch: Sketch, ends: np.ndarray, function: Function, *, above: bool) -> np.ndarray:
    """Sum of squared distances of what lies beyond each end, behind the function."""
    centers, counts = sketch.centers, sketch.counts.astype(np.float64)
    bent, clipped = function(centers), function(ends)
    if not above:
        centers, counts, ends, bent = -centers[::-1], counts[::-1], -ends, bent[::-1]
    sums = [np.append(np.cumsum((counts * bent**power)[::-1])[::-1], 0.0) for power in range(3)]
    place = np.searchsorted(centers, ends)
    zeroth, first, second = (part[place] for part in sums)
    return np.maximum(second - 2 * clipped * first + clipped**2 * zeroth, 0.0)
