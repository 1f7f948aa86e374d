"""Resize along one axis as a matrix: which input elements an output element is made of, and with what weights.

Formulas of the ONNX standard (Resize-19): where an output element lies in the input, then its neighbours' weights.
The cubic kernel is Keys' (1981) with a free coefficient; with ``antialias`` a kernel is stretched by the factor that
the axis shrinks by, and its weights are divided by their sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

HALF_WITHIN = 1e-6
"""How far from the middle between two neighbours is as near to one as to the other, as in ONNX Runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """How one axis is resized.

    Attributes:
        size: Elements of the input.
        result: Elements of the output.
        scale: Output over input, as the coordinates use it.
        start: Where the region begins, of ``tf_crop_and_resize``, as a part of the axis.
        end: Where it ends.
    """

    size: int
    result: int
    scale: float
    start: float = 0.0
    end: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """The attributes of a Resize: coordinates, ``nearest``, ``linear`` or ``cubic``, and their details."""

    coordinates: str = "half_pixel"
    mode: str = "nearest"
    rounding: str = "round_prefer_floor"
    cubic: float = -0.75
    exclude_outside: bool = False
    antialias: bool = False


def coordinates_of(axis: Axis, kind: str, dtype: type[np.floating] = np.float64) -> np.ndarray:
    """Where each output element lies on the input's axis: floats[result].

    Args:
        axis: The axis.
        kind: What ONNX calls ``coordinate_transformation_mode``.
        dtype: What it is computed in. ONNX Runtime takes float32, which decides where an element is as near to one
            neighbour as to another.
    """
    places, scale, half = np.arange(axis.result, dtype=dtype), dtype(axis.scale), dtype(0.5)
    last = dtype(axis.size - 1)
    match kind:
        case "asymmetric":
            return places / scale
        case "align_corners":
            return places * last / dtype(axis.result - 1) if axis.result > 1 else np.zeros(axis.result)
        case "pytorch_half_pixel" if axis.result == 1:
            return np.zeros(1)
        case "tf_half_pixel_for_nn":
            return (places + half) / scale
        case "tf_crop_and_resize" if axis.result > 1:
            return axis.start * last + places * ((axis.end - axis.start) * last / (axis.result - 1))
        case "tf_crop_and_resize":
            return np.full(axis.result, 0.5 * (axis.start + axis.end) * last)
        case "half_pixel_symmetric":
            offset = dtype(axis.size) / 2 * (1 - dtype(axis.result) / (scale * dtype(axis.size)))
            return (np.float64(offset) + (places.astype(np.float64) + 0.5) / np.float64(scale) - 0.5).astype(dtype)
        case _:
            return (places + half) / scale - half


def weights_of(axis: Axis, method: Method) -> np.ndarray:
    """The matrix: float64[result, size]."""
    if method.mode == "nearest":
        where = coordinates_of(axis, method.coordinates, np.float32)
        chosen = np.clip(_rounded(where, method.rounding), 0, axis.size - 1).astype(np.int64)
        return np.eye(axis.size)[chosen]
    where = coordinates_of(axis, method.coordinates)
    stretch = min(axis.scale, 1.0) if method.antialias else 1.0
    reach = (1 if method.mode == "linear" else 2) / stretch
    kernel = _linear if method.mode == "linear" else _cubic(method.cubic)
    matrix = np.zeros((axis.result, axis.size))
    for row, place in enumerate(where):
        near = np.arange(math.floor(place - reach) + 1, math.ceil(place + reach))
        weights = kernel(np.abs(near - place) * stretch)
        inside = (near >= 0) & (near < axis.size)
        if method.exclude_outside:
            weights = weights * inside
        if method.antialias or method.exclude_outside:
            weights = weights / weights.sum()
        np.add.at(matrix[row], np.clip(near, 0, axis.size - 1), weights)
    return matrix


def outside(axis: Axis, method: Method) -> np.ndarray:
    """Which output elements lie outside of the input, where that matters: bool[result]."""
    if method.coordinates != "tf_crop_and_resize":
        return np.zeros(axis.result, bool)
    where = coordinates_of(axis, method.coordinates)
    return (where < 0) | (where > axis.size - 1)


def _rounded(where: np.ndarray, rounding: str) -> np.ndarray:
    match rounding:
        case "floor":
            return np.floor(where)
        case "ceil":
            return np.ceil(where)
        case "round_prefer_ceil":
            return np.floor(where) + (where - np.floor(where) >= 0.5 - HALF_WITHIN)
        case _:
            return np.floor(where) + (where - np.floor(where) > 0.5 + HALF_WITHIN)


def _linear(distance: np.ndarray) -> np.ndarray:
    return np.maximum(0.0, 1.0 - distance)


def _cubic(a: float) -> Callable[[np.ndarray], np.ndarray]:
    def kernel(distance: np.ndarray) -> np.ndarray:
        near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
        far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
        return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))

    return kernel
