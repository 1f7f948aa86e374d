"""Errors and spreads of tensors, summed up sample after sample in memory that does not grow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.quantize.observers.sketch import Sketch, merged, sketch_of
from modelwright.quantize.report.found import Error, Histogram

_BINS: Final = 48
_CHUNK: Final = 1 << 16


@dataclass(slots=True, kw_only=True)
class ErrorSum:
    """Sums from which an error follows, in float64."""

    noise: float = 0.0
    signal: float = 0.0
    other: float = 0.0
    dot: float = 0.0
    count: int = 0

    def add(self, quantized: np.ndarray, floating: np.ndarray) -> None:
        """Takes two arrays of one shape into account; numbers that are not finite in both are left out."""
        q, f = quantized.reshape(-1), floating.reshape(-1)
        for at in range(0, f.size, _CHUNK):
            self._add(q[at : at + _CHUNK].astype(np.float64), f[at : at + _CHUNK].astype(np.float64))

    def _add(self, q: np.ndarray, f: np.ndarray) -> None:
        signal, other = _dot(f, f), _dot(q, q)
        if not math.isfinite(signal + other):
            both = np.isfinite(q) & np.isfinite(f)
            q, f = q[both], f[both]
            signal, other = _dot(f, f), _dot(q, q)
        self.signal += signal
        self.other += other
        self.dot += _dot(q, f)
        q -= f
        self.noise += _dot(q, q)
        self.count += f.size

    def error(self) -> Error:
        """The error over all that was added."""
        if self.signal == 0.0 or self.other == 0.0:
            cosine = 1.0 if self.signal == self.other else 0.0
        else:
            cosine = max(-1.0, min(1.0, self.dot / math.sqrt(self.signal) / math.sqrt(self.other)))
        snr = self.noise / self.signal if self.signal else (math.inf if self.noise else 0.0)
        return Error(snr=snr, mse=self.noise / self.count if self.count else 0.0, cosine=cosine)


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    """The inner product, without the threads of a matrix library, which cost more than they give here."""
    return float(np.einsum("i,i", a, b))


class SpreadSum:
    """Least and greatest number, and how the numbers between them are spread."""

    def __init__(self) -> None:
        self.sketch: Sketch | None = None

    def add(self, numbers: np.ndarray, low: float, high: float) -> None:
        """Takes some numbers of an array and its range into account; what is not finite is left out."""
        flat = numbers.reshape(-1)
        if not (math.isfinite(low) and math.isfinite(high) and np.isfinite(flat).all()):
            flat = flat[np.isfinite(flat)]
            low, high = float(flat.min(initial=np.inf)), float(flat.max(initial=-np.inf))
        if not flat.size:
            return
        seen = sketch_of(flat, low, high)
        self.sketch = seen if self.sketch is None else merged(self.sketch, seen)

    def bounds(self) -> tuple[float, float]:
        """Least and greatest number."""
        return (self.sketch.low, self.sketch.high) if self.sketch is not None else (0.0, 0.0)

    def histogram(self, low: float, high: float) -> Histogram:
        """The numbers in bins between two bounds; what lies outside is in the first and the last."""
        counts = np.zeros(_BINS, np.int64)
        if self.sketch is not None:
            width = (high - low) / _BINS or 1.0
            places = np.clip((self.sketch.centers - low) / width, 0, _BINS - 1).astype(np.int64)
            np.add.at(counts, places, self.sketch.counts)
        return Histogram(low=low, high=high, counts=tuple(counts.tolist()))
