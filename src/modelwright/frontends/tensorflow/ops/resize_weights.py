"""Weights of resizing along one axis, as matrices ``[after, before]``, computed as TensorFlow's kernels do."""

from __future__ import annotations

import numpy as np

_STEPS = 1024
"""TensorFlow looks cubic weights up in a table with this many places between two pixels."""


def cubic_is_tabular(before: int, after: int, mode: str) -> bool:
    """Whether every place that cubic interpolation visits is in TensorFlow's table, so that it rounds nothing."""
    places = _cubic_places(before, after, mode) * _STEPS
    return bool(np.all(places == np.rint(places)))


def cubic_weights(before: int, after: int, mode: str) -> np.ndarray:
    """Keys' cubic convolution weights of four neighbours, float32.

    With ``half_pixel`` neighbours outside the image weigh nothing and the others are scaled up; otherwise the border
    is repeated.

    Args:
        before: Size of the source.
        after: Size of the result.
        mode: ``asymmetric``, ``align_corners`` or ``half_pixel``.
    """
    places = _cubic_places(before, after, mode)
    base = np.floor(places).astype(np.int64)
    offset = np.rint((places - base) * _STEPS) / _STEPS
    a = -0.5 if mode == "half_pixel" else -0.75
    weights = np.zeros((after, before))
    for step in range(-1, 3):
        index = base + step
        share = _keys(np.abs(offset - step), a)
        inside = (index >= 0) & (index < before)
        if mode == "half_pixel":
            share = np.where(inside, share, 0)
        np.add.at(weights, (np.arange(after), np.clip(index, 0, before - 1)), share)
    if mode == "half_pixel":
        weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


def area_weights(before: int, after: int, *, align_corners: bool) -> np.ndarray:
    """The share of each source pixel in each result, float32; rows add up to 1.

    Args:
        before: Size of the source.
        after: Size of the result.
        align_corners: Results are ``(before - 1) / (after - 1)`` apart instead of ``before / after``.
    """
    scale = (
        np.float32(before - 1) / np.float32(after - 1) if align_corners and after > 1 else np.float32(before) / after
    )
    starts = (np.arange(after, dtype=np.float32) * np.float32(scale)).astype(np.float64)
    ends = (np.arange(1, after + 1, dtype=np.float32) * np.float32(scale)).astype(np.float64)
    weights = np.zeros((after, before))
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for pixel in range(int(np.floor(start)), int(np.ceil(end))):
            share = min(pixel + 1, end) - max(pixel, start)
            weights[row, min(max(pixel, 0), before - 1)] += share / float(scale)
    return weights.astype(np.float32)


def _cubic_places(before: int, after: int, mode: str) -> np.ndarray:
    """Where every result lies in the source, float32 arithmetic in float64."""
    places = np.arange(after, dtype=np.float32)
    if mode == "align_corners" and after > 1:
        scaled = places * (np.float32(before - 1) / np.float32(after - 1))
    elif mode == "half_pixel":
        scaled = (places + np.float32(0.5)) * (np.float32(before) / np.float32(after)) - np.float32(0.5)
    else:
        scaled = places * (np.float32(before) / np.float32(after))
    return scaled.astype(np.float64)


def _keys(distance: np.ndarray, a: float) -> np.ndarray:
    """Keys' kernel (Cubic Convolution Interpolation for Digital Image Processing, 1981) with free parameter ``a``."""
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0))
