"""The range with the least squared error: rounding inside against clipping outside.

Rounding errors are even over a step, so that their mean square is ``step**2 / 12``; zeros are exact. What clipping
costs follows from sums over the bins outside (Banner et al. 2018, "Post-training 4-bit quantization of convolution
networks").
"""

from __future__ import annotations

from typing import Final

import numpy as np

from modelwright.quantize.observers.sketch import Sketch
from modelwright.quantize.settings import BITS, Scheme

_CANDIDATES: Final = 96
_SMALLEST: Final = 0.05
"""Candidates reach from this part of each side to all of it."""


def least_squares_range(sketch: Sketch, scheme: Scheme, *, pays: float) -> tuple[float, float]:
    """The best of a grid of ranges inside what was seen.

    Args:
        sketch: What was seen.
        scheme: How numbers become integers; with a symmetric one both ends move together.
        pays: The whole range is kept unless the error is at most this part of its error.
    """
    low, high = min(sketch.low, 0.0), max(sketch.high, 0.0)
    if low == high or not sketch.counts.any():
        return low, high
    lows, highs = _candidates(low, high, symmetric=scheme.symmetric)
    steps = 2 ** BITS[scheme.dtype] - 1
    errors = _clipped(sketch, highs, above=True)[None, :] + _clipped(sketch, lows, above=False)[:, None]
    if scheme.symmetric:
        errors = np.diagonal(errors)[:, None]
        spans = 2 * highs[:, None]
    else:
        spans = highs[None, :] - lows[:, None]
    errors = errors + _inexact(sketch) * (spans / steps) ** 2 / 12
    best = int(np.argmin(errors))
    if errors.flat[best] > pays * errors.flat[0]:
        return low, high
    row, column = divmod(best, errors.shape[1])
    return float(lows[row]), float(highs[row if scheme.symmetric else column])


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


def _clipped(sketch: Sketch, ends: np.ndarray, *, above: bool) -> np.ndarray:
    """Sum of squared distances of what lies beyond each end."""
    centers, counts = sketch.centers, sketch.counts.astype(np.float64)
    if not above:
        centers, counts, ends = -centers[::-1], counts[::-1], -ends
    sums = [np.append(np.cumsum((counts * centers**power)[::-1])[::-1], 0.0) for power in range(3)]
    place = np.searchsorted(centers, ends)
    zeroth, first, second = (part[place] for part in sums)
    return np.maximum(second - 2 * ends * first + ends**2 * zeroth, 0.0)
