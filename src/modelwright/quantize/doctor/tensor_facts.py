"""What is known of a tensor inside the network after a pass over the data, in memory that its size does not change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from modelwright.quantize.observers.sketch import Sketch

_PER_OCTAVE: Final = 8
_LOWEST: Final = -40
_BINS: Final = 80 * _PER_OCTAVE
_LOOKED_AT: Final = 1 << 15
_HALVES: Final = 24


@dataclass(slots=True, kw_only=True)
class TensorFacts:
    """A float tensor.

    Attributes:
        name: The value.
        low: Least value.
        high: Greatest value.
        lows: Least value of each sample.
        highs: Greatest value of each sample.
        magnitudes: How many of the values looked at have a magnitude in each bin; 8 bins an octave from 2^-40 on.
        zeros: How many of them are 0.
        channel_low: Least value of each channel (axis 1); None below rank 2.
        channel_high: Greatest value of each channel.
    """

    name: str
    low: float = np.inf
    high: float = -np.inf
    lows: list[float] = field(default_factory=list[float])
    highs: list[float] = field(default_factory=list[float])
    magnitudes: np.ndarray = field(default_factory=lambda: np.zeros(_BINS, np.int64))
    zeros: int = 0
    channel_low: np.ndarray | None = None
    channel_high: np.ndarray | None = None

    def add(self, array: np.ndarray) -> None:
        """Takes the tensor of one sample into account; values that are not finite are left out of the magnitudes."""
        if array.size == 0:
            return
        low, high = self._add_channels(array) if array.ndim >= 2 else (float(array.min()), float(array.max()))
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.lows.append(low)
        self.highs.append(high)
        flat = array.reshape(-1)
        some = np.abs(flat[:: max(1, flat.size // _LOOKED_AT)].astype(np.float32))
        some = some[np.isfinite(some)]
        there = some[some > 0]
        self.zeros += some.size - there.size
        places = np.clip((np.log2(there) - _LOWEST) * _PER_OCTAVE, 0, _BINS - 1).astype(np.int64)
        self.magnitudes += np.bincount(places, minlength=_BINS)

    def _add_channels(self, array: np.ndarray) -> tuple[float, float]:
        axes = tuple(axis for axis in range(array.ndim) if axis != 1)
        low, high = array.min(axis=axes), array.max(axis=axes)
        bounds = float(low.min()), float(high.max())
        if self.channel_low is not None and self.channel_high is not None and self.channel_low.shape == low.shape:
            low, high = np.minimum(low, self.channel_low), np.maximum(high, self.channel_high)
        self.channel_low, self.channel_high = low, high
        return bounds

    @property
    def largest(self) -> float:
        """The greatest magnitude."""
        return max(abs(self.low), abs(self.high))

    def magnitude(self, share: float) -> float:
        """The magnitude below which a share of the values lies, to a twelfth.

        Args:
            share: Between 0 and 1, as in 0.999.
        """
        total = self.zeros + int(self.magnitudes.sum())
        counts = self.zeros + np.cumsum(self.magnitudes)
        place = int(np.searchsorted(counts, share * total))
        if total == 0 or share * total <= self.zeros:
            return 0.0
        return min(self.largest, float(2.0 ** (_LOWEST + (min(place, _BINS - 1) + 1) / _PER_OCTAVE)))

    def lost_beyond(self, low: float, high: float) -> float:
        """Share of the energy that is lost when values are held within ``low`` and ``high``, from the magnitudes."""
        middles = 2.0 ** (_LOWEST + (np.arange(_BINS) + 0.5) / _PER_OCTAVE)
        energy = float((self.magnitudes * middles**2).sum())
        bound = max(abs(low), abs(high))
        beyond = float((self.magnitudes * np.maximum(middles - bound, 0) ** 2).sum())
        return beyond / energy if energy else 0.0

    def growth(self) -> float:
        """By how much of the range half of the samples fall short of it, on average over halves."""
        lows, highs = np.asarray(self.lows), np.asarray(self.highs)
        if lows.size < 2 or not self.high > self.low:
            return 0.0
        half = lows.size // 2
        rng = np.random.default_rng(0)
        picks = [rng.permutation(lows.size)[:half] for _ in range(_HALVES)]
        widths = [float(highs[pick].max() - lows[pick].min()) for pick in picks]
        return 1.0 - float(np.mean(widths)) / (self.high - self.low)

    def constant_channels(self) -> int:
        """Channels that have one value all over and in all samples."""
        if self.channel_low is None or self.channel_high is None or self.channel_low.size < 2:
            return 0
        return int(np.count_nonzero(self.channel_low == self.channel_high))


def facts_of_sketch(name: str, sketch: Sketch) -> TensorFacts:
    """What the sketch of calibration tells; ranges of single samples and of channels are not in it.

    Args:
        name: The tensor.
        sketch: What calibration saw of it.
    """
    centers = np.abs(sketch.centers)
    there = centers > 0
    places = np.clip((np.log2(centers[there]) - _LOWEST) * _PER_OCTAVE, 0, _BINS - 1).astype(np.int64)
    magnitudes = np.zeros(_BINS, np.int64)
    np.add.at(magnitudes, places, sketch.counts[there])
    zeros = int(sketch.counts[~there].sum())
    return TensorFacts(name=name, low=sketch.low, high=sketch.high, magnitudes=magnitudes, zeros=zeros)
