"""Which axes of an input are those of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_CHANNELS: Final = (1, 3, 4)
_LEAST: Final = 8
_PIXELS: Final = 1 << 14
"""Pixels of all planes, about, that are compared with their neighbours at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAxes:
    """The axes of a batch of images.

    Attributes:
        channel: Axis of the channels: 1 (NCHW) or 3 (NHWC).
        channels: Number of channels.
    """

    channel: int
    channels: int

    def planes(self, sample: np.ndarray) -> np.ndarray:
        """A batch as (images and channels, height, width) in float32."""
        moved = np.ascontiguousarray(np.moveaxis(sample, self.channel, 1), dtype=np.float32)
        return moved.reshape(-1, *moved.shape[2:])


def image_axes(shape: Sequence[int]) -> ImageAxes | None:
    """The axes of an input of this shape; None for what is no image of 1, 3 or 4 channels and 8 x 8 pixels or more."""
    if len(shape) != 4:
        return None
    for channel, spatial in ((1, shape[2:4]), (3, shape[1:3])):
        if shape[channel] in _CHANNELS and min(spatial) >= _LEAST:
            return ImageAxes(channel=channel, channels=shape[channel])
    return None


def neighbours_alike(planes: np.ndarray) -> tuple[float, float]:
    """Correlation of neighbouring pixels along the width and along the height, averaged over planes that vary.

    1 for smooth pictures, 0 for white noise; NaN where nothing varies. Of large planes, some rows are compared.

    Args:
        planes: float32, (planes, height, width).
    """
    every = max(1, planes.size // _PIXELS)
    wide = _correlations(planes[:, ::every, :-1], planes[:, ::every, 1:])
    high = _correlations(planes[:, :-1:every], planes[:, 1::every])
    return _mean(wide), _mean(high)


def _mean(numbers: np.ndarray) -> float:
    known = numbers[np.isfinite(numbers)]
    return float(known.mean()) if known.size else float("nan")


def bands(planes: np.ndarray, count: int) -> np.ndarray:
    """The planes cut along the height into bands, each a plane of its own, without the rows where bands meet.

    Where channels lie one after the other and are taken for one picture, each is a band of it. The steps between them
    would make any picture look smooth.

    Args:
        planes: (planes, height, width).
        count: Bands of each.
    """
    height = max(2, planes.shape[1] // count - 1)
    starts = [-(-planes.shape[1] * place // count) for place in range(count)]
    return np.concatenate([planes[:, start : start + height] for start in starts])


def _correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of each plane of one with the same of the other, float64; NaN where one does not vary."""
    first, second = _centred(a), _centred(b)
    norms = np.sqrt(_products(first, first) * _products(second, second))
    return np.divide(_products(first, second), norms, out=np.full(len(norms), np.nan), where=norms > 0)


def _centred(planes: np.ndarray) -> np.ndarray:
    return planes - planes.mean(axis=(1, 2), dtype=np.float64, keepdims=True).astype(np.float32)


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("pij,pij->p", a, b).astype(np.float64)


def reinterpreted(sample: np.ndarray, axes: ImageAxes) -> np.ndarray:
    """The same bytes, in the same order, taken for the other layout and brought into the one expected.

    Args:
        sample: A batch of images.
        axes: The axes that the model expects.
    """
    batch, sizes = sample.shape[0], sample.shape
    flat = np.ascontiguousarray(sample)
    if axes.channel == 1:
        return np.moveaxis(flat.reshape(batch, sizes[2], sizes[3], axes.channels), 3, 1)
    return np.moveaxis(flat.reshape(batch, axes.channels, sizes[1], sizes[2]), 1, 3)
