"""Adaptive pools, of which the result's size is given.

Window ``i`` of ``n`` over ``size`` reaches from ``floor(i size / n)`` up to ``ceil((i + 1) size / n)``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder


def adaptive_pool(op: PaddleBuilder, x: ir.Value, results: Sequence[int], *, average: bool) -> ir.Value:
    """Pools ``x`` (N, C, spatial...) to ``results`` spatial sizes; -1 keeps a size.

    Equal windows become a common pool; else each dimension is pooled by itself, averages by a product with a matrix.
    """
    rank = len(results)
    sizes = op.sizes(x)[2:]
    wanted = [size if count < 0 else count for count, size in zip(results, sizes, strict=True)]
    steps = [
        size // count if size is not None and count is not None and size % count == 0 else None
        for size, count in zip(sizes, wanted, strict=True)
    ]
    known = [step for step in steps if step is not None]
    if len(known) == rank:
        pool = op.AveragePool if average else op.MaxPool
        return pool(x, kernel_shape=known, strides=known)
    for axis, (count, size) in enumerate(zip(wanted, sizes, strict=True)):
        if count is not None and count != size:
            x = _pooled(op, x, axis + 2, rank + 2, count, average=average)
    return x


def _pooled(op: PaddleBuilder, x: ir.Value, axis: int, rank: int, count: int, *, average: bool) -> ir.Value:
    """One dimension of ``x`` pooled to ``count``."""
    perm = [item for item in range(rank) if item != axis] + [axis]
    back = [perm.index(item) for item in range(rank)]
    inside = _membership(op, x, axis, count)
    turned = op.transpose(x, perm)
    if average:
        weights = op.cast(inside, op.dtype(x))
        weights = op.Div(weights, op.reduce("ReduceSum", weights, [1], keepdims=True))
        return op.transpose(op.MatMul(turned, op.transpose(weights, [1, 0])), back)
    lowest = op.scalar(float(np.finfo(op.dtype(x).numpy()).min), x)
    spread = op.Where(inside, op.unsqueeze(turned, [rank - 1]), lowest)
    return op.transpose(op.reduce("ReduceMax", spread, [rank], keepdims=False), back)


def _membership(op: PaddleBuilder, x: ir.Value, axis: int, count: int) -> ir.Value:
    """``[count, size]`` booleans: whether a position lies in a window."""
    size = op.sizes(x)[axis]
    index = np.arange(count, dtype=np.int64)[:, None]
    if size is not None:
        place = np.arange(size)[None, :]
        return op.constant((place >= index * size // count) & (place < -(-(index + 1) * size // count)))
    length = op.dim_of(x, axis)
    place = op.Range(
        op.constant(np.asarray(0, np.int64)), op.squeeze(length, [0]), op.constant(np.asarray(1, np.int64))
    )
    start = op.Div(op.Mul(op.constant(index), length), op.ints(count))
    end = op.Div(op.Add(op.Mul(op.constant(index + 1), length), op.ints(count - 1)), op.ints(count))
    row = op.unsqueeze(place, [0])
    return op.And(op.GreaterOrEqual(row, start), op.Less(row, end))


def adaptive_maximum(op: PaddleBuilder, x: ir.Value, results: Sequence[int]) -> tuple[ir.Value, ir.Value]:
    """The maximum of each window of ``x`` (N, C, spatial...), and where in its image it lies, int64.

    The windows' elements are gathered side by side; short windows repeat their first one.
    """
    sizes = [op.need_size(x, axis + 2, "the size, for positions") for axis in range(len(results))]
    wanted = [size if count < 0 else count for count, size in zip(results, sizes, strict=True)]
    places = _window_places(sizes, wanted)
    flat = op.reshape(x, [0, 0, math.prod(sizes)])
    inside = op.gather(flat, op.constant(places), 2)
    best = op.unsqueeze(op.ArgMax(inside, axis=3, keepdims=0), [3])
    spread = op.Expand(op.constant(places), op.shape_of(inside))
    whole = op.concat([op.slice(op.shape_of(x), [0], [2]), op.ints(wanted)], 0)
    found = (op.GatherElements(item, best, axis=3) for item in (inside, spread))
    values, where = (op.reshape(item, whole) for item in found)
    return values, where


def _window_places(sizes: Sequence[int], wanted: Sequence[int]) -> np.ndarray:
    """``[windows, longest]``: the flat places of each window's elements, row by row."""
    spans = [
        [range(index * size // count, -(-(index + 1) * size // count)) for index in range(count)]
        for size, count in zip(sizes, wanted, strict=True)
    ]
    windows = [
        [int(np.ravel_multi_index(place, tuple(sizes))) for place in itertools.product(*window)]
        for window in itertools.product(*spans)
    ]
    longest = max(map(len, windows))
    return np.asarray([row + row[:1] * (longest - len(row)) for row in windows], np.int64)
