"""Fourier transforms: products with a matrix of sines and cosines, in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder


@lift("DFT", version=20)
def lift_axis(
    op: StepBuilder, x: ir.Value, length: ir.Value | None = None, *, axis: int = 1, inverse: int = 0, onesided: int = 0
) -> Any:
    """The axis becomes an input."""
    return op.DFT(x, length, op.constant(np.asarray(axis)), inverse=inverse, onesided=onesided)


@lower("DFT", version=20)
def lower_axis(
    op: StepBuilder,
    x: ir.Value,
    length: ir.Value | None = None,
    axis: ir.Value | None = None,
    *,
    inverse: int = 0,
    onesided: int = 0,
) -> Any:
    """The axis becomes an attribute, counted from the front."""
    place = -2 if axis is None else op.constant_numbers(axis, "axis")[0]
    place = place % op.known_rank(x)
    return op.DFT(x, length, axis=place, inverse=inverse, onesided=onesided)


@lower("DFT", version=17)
def lower_dft(
    op: StepBuilder, x: ir.Value, length: ir.Value | None = None, *, axis: int = 1, inverse: int = 0, onesided: int = 0
) -> Any:
    """The real and imaginary parts times cosines and sines, along the axis."""
    rank = op.known_rank(x)
    place = axis % rank
    size = op.static(x, [place])[0]
    half = bool(inverse and onesided)
    count = 2 * (size - 1) if half else size
    if length is not None:
        count = op.constant_numbers(length, "dft_length")[0]
    turned = _axis_before_last(op, x, place, rank)
    kept = min(size, count // 2 + 1 if half else count)
    if kept < size:
        turned = op.slice(turned, [0], [kept], [rank - 2])
    if half:
        result = from_half(op, turned, kept, count)
    else:
        result = transform(op, turned, kept, count, inverse=bool(inverse), onesided=bool(onesided))
    return _axis_back(op, result, place, rank)


def _axis_before_last(op: StepBuilder, x: ir.Value, place: int, rank: int) -> ir.Value:
    perm = [axis for axis in range(rank - 1) if axis != place] + [place, rank - 1]
    return op.transpose(x, perm)


def _axis_back(op: StepBuilder, x: ir.Value, place: int, rank: int) -> ir.Value:
    perm = [axis for axis in range(rank - 1) if axis != place] + [place, rank - 1]
    return op.transpose(x, [perm.index(axis) for axis in range(rank)])


def transform(op: StepBuilder, x: ir.Value, kept: int, count: int, *, inverse: bool, onesided: bool) -> ir.Value:
    """The transform of ``x[.., kept, 1 or 2]``, padded with zeros to ``count``: ``[.., bins, 2]``."""
    bins = count // 2 + 1 if onesided else count
    angle = 2 * math.pi * np.outer(np.arange(bins), np.arange(kept)) / count
    scale = 1 / count if inverse else 1.0
    cosine = op.constant(np.cos(angle) * scale, name=f"{op.origin}/cosines")
    sine = op.constant(np.sin(angle) * scale * (1 if inverse else -1), name=f"{op.origin}/sines")
    parts, rank, dtype = op.static(x, [-1])[0], op.known_rank(x), op.known_dtype(x)
    wide = op.cast(x, ir.DataType.DOUBLE)
    real = op.slice(wide, [0], [1], [rank - 1])
    if parts == 1:
        return op.cast(op.Concat(op.MatMul(cosine, real), op.MatMul(sine, real), axis=rank - 1), dtype)
    imaginary = op.slice(wide, [1], [2], [rank - 1])
    result = op.Concat(
        op.Sub(op.MatMul(cosine, real), op.MatMul(sine, imaginary)),
        op.Add(op.MatMul(sine, real), op.MatMul(cosine, imaginary)),
        axis=rank - 1,
    )
    return op.cast(result, dtype)


def from_half(op: StepBuilder, x: ir.Value, kept: int, count: int) -> ir.Value:
    """The real signal of half a spectrum ``x[.., kept, 2]``: ``[.., count, 1]``; the other half is its mirror image."""
    bins = np.arange(kept)
    times = np.where((bins == 0) | (2 * bins == count), 1.0, 2.0) / count
    angle = 2 * math.pi * np.outer(np.arange(count), bins) / count
    rank, wide = op.known_rank(x), op.cast(x, ir.DataType.DOUBLE)
    cosine = op.constant(np.cos(angle) * times, name=f"{op.origin}/cosines")
    sine = op.constant(np.sin(angle) * times, name=f"{op.origin}/sines")
    real, imaginary = (op.slice(wide, [part], [part + 1], [rank - 1]) for part in (0, 1))
    return op.cast(op.Sub(op.MatMul(cosine, real), op.MatMul(sine, imaginary)), op.known_dtype(x))


@lower("STFT", version=17)
def lower_stft(
    op: StepBuilder,
    signal: ir.Value,
    step: ir.Value,
    window: ir.Value | None = None,
    length: ir.Value | None = None,
    *,
    onesided: int = 1,
) -> Any:
    """Frames gathered from the signal, weighted by the window, and transformed."""
    stride = op.constant_numbers(step, "frame_step")[0]
    size = op.static(signal, [1])[0]
    if length is not None:
        count = op.constant_numbers(length, "frame_length")[0]
    elif window is not None:
        count = op.static(window, [0])[0]
    else:
        raise op.fail("it has neither a window nor a frame_length")
    frames = (size - count) // stride + 1
    places = np.arange(frames)[:, None] * stride + np.arange(count)[None, :]
    whole = signal if op.known_rank(signal) == 3 else op.unsqueeze(signal, [2])
    cut = op.Gather(whole, op.constant(places.astype(np.int64)), axis=1)
    if window is not None:
        cut = op.Mul(cut, op.unsqueeze(window, [1]))
    return transform(op, cut, count, count, inverse=False, onesided=bool(onesided))
