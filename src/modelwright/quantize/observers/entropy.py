"""The range whose quantized distribution loses the least information (Migacz 2017, "8-bit inference with TensorRT")."""

from __future__ import annotations

from typing import Final

import numpy as np

from modelwright.quantize.observers.sketch import Sketch
from modelwright.quantize.settings import BITS, Scheme

_CANDIDATES: Final = 96
_SMALLEST: Final = 0.05
_ABSENT: Final = 1e-9
"""Probability of what the quantized distribution lacks."""


def entropy_range(sketch: Sketch, scheme: Scheme) -> tuple[float, float]:
    """The range with the least Kullback-Leibler divergence of the quantized numbers from the clipped ones.

    Args:
        sketch: What was seen.
        scheme: How numbers become integers; with a symmetric one both ends move together.
    """
    low, high = min(sketch.low, 0.0), max(sketch.high, 0.0)
    if low == high or not sketch.counts.any():
        return low, high
    if scheme.symmetric:
        high = max(-low, high)
        low = -high
    bounds = max(-low, high) * np.linspace(1.0, _SMALLEST, _CANDIDATES)
    levels = 2 ** BITS[scheme.dtype]
    losses = [_divergence(sketch, max(low, -bound), min(high, bound), levels) for bound in bounds.tolist()]
    best = float(bounds[int(np.argmin(losses))])
    return max(low, -best), min(high, best)


def _divergence(sketch: Sketch, low: float, high: float, levels: int) -> float:
    """Divergence in nats when numbers are clipped to a range and quantized to that many levels."""
    centers, counts = sketch.centers, sketch.counts.astype(np.float64)
    inside = (centers >= low) & (centers <= high)
    if not inside.any():
        return np.inf
    kept = counts[inside]
    clipped = kept.copy()
    clipped[0] += counts[centers < low].sum()
    clipped[-1] += counts[centers > high].sum()
    step = (high - low) / (levels - 1)
    level = np.rint((centers[inside] - low) / step).astype(np.intp)
    exact = np.flatnonzero(inside & _exact(sketch))
    level[exact - np.flatnonzero(inside)[0]] = levels + np.arange(len(exact))
    filled = kept > 0
    bins = np.bincount(level, weights=filled)
    sums = np.bincount(level, weights=kept)
    means = np.divide(sums, bins, out=np.zeros(len(sums)), where=bins > 0)
    quantized = np.where(filled, means[level], 0.0)
    p, q = clipped / clipped.sum(), quantized / max(quantized.sum(), 1.0)
    some = p > 0
    return float(np.sum(p[some] * np.log(p[some] / np.maximum(q[some], _ABSENT))))


def _exact(sketch: Sketch) -> np.ndarray:
    """The bins whose numbers are represented exactly: zero, and where activations pile up at their bounds."""
    mask = np.zeros(len(sketch.counts), np.bool_)
    mask[[0, -sketch.first, -1]] = True
    return mask
