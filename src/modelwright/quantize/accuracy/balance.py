"""Chooses factors for channels by the noise that quantization will make, predicted from ranges alone.

With a step ``d`` a rounding error has variance ``d * d / 12``, but zeros have none. Activations share one step, so a
channel that is small beside the others drowns; dividing the large channels and multiplying their weights moves the
difficulty into the weights, whose output channels have steps of their own. SmoothQuant (Xiao and others 2022) takes
``s = max|x|^a / max|w|^(1-a)``, cross-layer equalization (Nagel and others 2019) equalizes the weights of both sides;
here both are candidates, with several exponents, and the prediction decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.quantize.accuracy.branches import Branches, Reading
from modelwright.quantize.accuracy.channel_ranges import ChannelRanges

_EXPONENTS: Final = ((0.25, 0.75), (0.5, 0.5), (0.65, 0.35), (0.8, 0.2), (0.5, 0.0), (0.75, 0.0), (1.0, 0.0))
_SPAN: Final = 1e3
"""Largest ratio of a factor to the middle one: beyond it, channels are dead rather than small."""
_LEVELS: Final = 255.0
_WORTH: Final = 0.7
"""Share of the noise that may be left for a change to be worth it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A reading layer in numbers.

    Attributes:
        labels: Channel of the source for each input channel; -1 for none.
        ranges: What its input channels held.
        power: ``[I]`` sum of squared weights of each input channel, over outputs and kernel.
        largest: ``[G, O/g, I/g]`` largest magnitude in the kernel.
        kernel: Elements of the kernel.
        per_channel: Whether each output channel has a step.
    """

    labels: np.ndarray
    ranges: ChannelRanges
    power: np.ndarray
    largest: np.ndarray
    kernel: int
    per_channel: bool

    def noise(self, scale: np.ndarray) -> float:
        """Predicted variance of the outputs' error, summed over output channels, for factors ``[C]``."""
        factors = np.where(self.labels < 0, 1.0, scale[self.labels])
        span = (self.ranges.high / factors).max() - (self.ranges.low / factors).min()
        step = span / _LEVELS
        error = np.minimum(step * step / 12 * self.ranges.filled, self.ranges.mean_square / factors**2)
        activations = float((self.power * factors**2 * error).sum())
        groups = self.largest.shape[0]
        largest = (self.largest * factors.reshape(groups, 1, -1)).max(axis=2)
        steps = largest if self.per_channel else np.broadcast_to(largest.max(), largest.shape)
        energy = (self.ranges.mean_square / factors**2).reshape(groups, -1).sum(axis=1) * self.kernel
        return activations + float(((steps * 2 / _LEVELS) ** 2 / 12 * energy[:, None]).sum())


def best_factors(
    branches: Branches, ranges: Mapping[str, ChannelRanges], *, per_channel: bool
) -> tuple[np.ndarray, float] | None:
    """The factors that make the least noise.

    Args:
        branches: Where the factors would apply.
        ranges: Channels of what the layers read, by name.
        per_channel: Whether weights have a scale for each output channel.

    Returns:
        Factors ``[C]`` and the share of the noise that is left (below 1), or None if nothing is worth changing.
    """
    sides = [_side(reading, ranges, per_channel=per_channel) for reading in branches.readings]
    if not sides or any(side is None for side in sides):
        return None
    known = [side for side in sides if side is not None]
    channels = branches.source.channels
    before = sum(side.noise(np.ones(channels)) for side in known)
    if not before > 0:
        return None
    scored = [
        (sum(side.noise(scale) for side in known) + _own_noise(branches, known, scale, per_channel=per_channel), scale)
        for scale in _candidates(branches, known)
    ]
    before += _own_noise(branches, known, np.ones(channels), per_channel=per_channel)
    noise, scale = min(scored, key=lambda pair: pair[0])
    return (scale, noise / before) if noise < _WORTH * before else None


def _side(reading: Reading, ranges: Mapping[str, ChannelRanges], *, per_channel: bool) -> _Side | None:
    found = ranges.get(reading.layer.x.name or "")
    if found is None or not all(np.isfinite(part).all() for part in (found.low, found.high, found.mean_square)):
        return None
    array = reading.layer.array()
    return _Side(
        labels=reading.labels,
        ranges=found,
        power=np.square(array).sum(axis=(1, 3), dtype=np.float64).reshape(-1),
        largest=np.abs(array).max(axis=3).astype(np.float64),
        kernel=array.shape[3],
        per_channel=per_channel,
    )


def _candidates(branches: Branches, sides: list[_Side]) -> Iterator[np.ndarray]:
    channels = branches.source.channels
    activations, weights = np.zeros(channels), np.zeros(channels)
    for side in sides:
        own = side.labels >= 0
        reach = np.maximum(side.ranges.high, -side.ranges.low)
        np.maximum.at(activations, side.labels[own], reach[own])
        np.maximum.at(weights, side.labels[own], side.largest.max(axis=1).reshape(-1)[own])
    for up, down in _EXPONENTS:
        yield _bounded(_safe_power(activations, up) / _safe_power(weights, down))
    if branches.source.layer is not None:
        rows = _rows(branches)
        yield _bounded(np.sqrt(_safe_power(rows, 1.0) / _safe_power(weights, 1.0)))


def _rows(branches: Branches) -> np.ndarray:
    """Largest weight of each output channel of the source."""
    layer = branches.source.layer
    return np.zeros(0) if layer is None else np.abs(layer.array()).max(axis=(2, 3)).reshape(-1).astype(np.float64)


def _safe_power(numbers: np.ndarray, exponent: float) -> np.ndarray:
    """Powers; what is zero or vanishing counts as the middle one."""
    alive = numbers > numbers.max(initial=0.0) * 1e-6
    middle = float(np.exp(np.log(numbers[alive]).mean())) if alive.any() else 1.0
    return np.where(alive, numbers, middle) ** exponent


def _bounded(scale: np.ndarray) -> np.ndarray:
    middle = float(np.exp(np.log(scale).mean()))
    return np.clip(scale / middle, 1 / _SPAN, _SPAN)


def _own_noise(branches: Branches, sides: list[_Side], scale: np.ndarray, *, per_channel: bool) -> float:
    """Noise of the source's own weights; with a step for each channel, factors do not change it."""
    if per_channel or branches.source.layer is None:
        return 0.0
    array = branches.source.layer.array()
    rows = np.abs(array).max(axis=(2, 3)).reshape(-1).astype(np.float64) / scale
    mean = np.square(array).mean(axis=(2, 3), dtype=np.float64).reshape(-1) / scale**2
    step = rows.max() * 2 / _LEVELS
    error = np.where(mean > 0, step * step / 12 / np.where(mean > 0, mean, 1.0), 0.0)
    total = 0.0
    for side in sides:
        own = side.labels >= 0
        total += float((side.ranges.mean_square[own] * side.power[own] * error[side.labels[own]]).sum())
    return total
