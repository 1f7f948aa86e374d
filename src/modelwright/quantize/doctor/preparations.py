"""Ways in which networks want their pictures prepared, and how data prepared in one way become data of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.quantize.doctor.image_axes import ImageAxes, reinterpreted

SWAP: Final = "swap"
"""Key of the preparation that exchanges red and blue."""
RELAY: Final = "relay"
"""Key of the preparation that reads the bytes in the other layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """``(pixel - mean) / deviation`` on pixels of 0 to 255, in the order of red, green and blue.

    Attributes:
        key: Its name.
        phrase: What the values are then called.
        mean: Mean of each channel.
        deviation: Deviation of each channel.
    """

    key: str
    phrase: str
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    def settings(self) -> str:
        """The keys of the calibration file that ask for it."""
        mean, deviation = (f"[{', '.join(f'{item:g}' for item in items)}]" for items in (self.mean, self.deviation))
        return f"mean_value: {mean}, std_value: {deviation}"


PREPARATIONS: Final = (
    Preparation(key="bytes", phrase="0 to 255", mean=(0, 0, 0), deviation=(1, 1, 1)),
    Preparation(key="unit", phrase="0 to 1", mean=(0, 0, 0), deviation=(255, 255, 255)),
    Preparation(key="signed", phrase="-1 to 1", mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5)),
    Preparation(
        key="imagenet",
        phrase="normalized with ImageNet's mean and deviation",
        mean=(123.675, 116.28, 103.53),
        deviation=(58.395, 57.12, 57.375),
    ),
    Preparation(
        key="centred", phrase="0 to 255 less ImageNet's mean", mean=(123.68, 116.78, 103.94), deviation=(1, 1, 1)
    ),
)
_BY_KEY: Final = {item.key: item for item in PREPARATIONS}


def preparation(key: str) -> Preparation:
    """The preparation of that name."""
    return _BY_KEY[key]


def looks_like(low: float, high: float) -> tuple[str, ...]:
    """Keys of the preparations that values between ``low`` and ``high`` may have gone through, the likeliest first."""
    largest = max(abs(low), abs(high))
    if low >= 0:
        return ("bytes",) if 20 < high <= 256 else ("unit",) if high <= 1.01 else ()
    if largest <= 1.01:
        return ("signed", "imagenet")
    return ("imagenet",) if largest <= 3 else ("centred",) if 20 < largest <= 256 else ()


def changes_from(key: str) -> tuple[str, ...]:
    """Keys of the changes from one preparation to each other one: ``bytes>unit``."""
    return tuple(f"{key}>{item.key}" for item in PREPARATIONS if item.key != key)


def shrinks(change: str) -> float:
    """By how much differences between pixels become smaller by a change from one preparation to another."""
    before, after = (preparation(key) for key in change.split(">"))
    return float(np.mean(after.deviation) / np.mean(before.deviation))


def changed(sample: np.ndarray, change: str, axes: ImageAxes) -> np.ndarray:
    """A batch after changes.

    Args:
        sample: Pictures, of a float dtype.
        change: Changes joined by ``+``: `SWAP`, `RELAY`, or two preparations as in ``bytes>unit``.
        axes: Its axes.
    """
    for part in change.split("+"):
        sample = _changed(sample, part, axes)
    return sample


def _changed(sample: np.ndarray, change: str, axes: ImageAxes) -> np.ndarray:
    if change == RELAY:
        return np.ascontiguousarray(reinterpreted(sample, axes))
    if change == SWAP:
        order = [2, 1, 0, *range(3, axes.channels)]
        return np.ascontiguousarray(np.take(sample, order, axis=axes.channel))
    before, after = (preparation(key) for key in change.split(">"))
    shape = [1] * sample.ndim
    shape[axes.channel] = axes.channels
    mean, deviation, new_mean, new_deviation = (
        _each_channel(items, axes.channels).reshape(shape)
        for items in (before.mean, before.deviation, after.mean, after.deviation)
    )
    pixels = sample.astype(np.float64) * deviation + mean
    return ((pixels - new_mean) / new_deviation).astype(sample.dtype)


def _each_channel(items: Sequence[float], channels: int) -> np.ndarray:
    """As many numbers as channels: the mean of the three for one channel, neutral ones for a fourth."""
    if channels == 1:
        return np.array([np.mean(items)])
    return np.array([*items, *[items[-1]] * (channels - 3)], dtype=np.float64)
