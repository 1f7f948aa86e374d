"""Pooling: over two dimensions with channels last, else as operations on slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import FLOAT, INT32, LiteBuilder
from modelwright.backends.tflite.operators import lite_op, window_op
from modelwright.backends.tflite.ops.convolution import channels_first, channels_last, lite_shape, padded, plane
from modelwright.backends.tflite.windows import Window, window_of
from modelwright.hub.dtypes import FLOATS

_MOST_SLICES = 256


@window_op("MaxPool", ignores=("storage_order",))
def max_pool(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> tuple[ir.Value, ...] | None:
    """MAX_POOL_2D; what SAME does not pad is padded with the lowest number."""
    if not _in_a_plane(kernel_shape, dilations) or op.wants(1):
        return None
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    data = channels_last(op, x)
    if op.dtype(x) not in FLOATS:
        data = op.cast(data, FLOAT)
    data = padded(op, data, window, -np.inf)
    result = op.MAX_POOL_2D(data, **_options(op, window, data))
    if op.dtype(x) not in FLOATS:
        result = op.cast(result, op.dtype(x))
    return (channels_first(op, result, len(kernel_shape) + 2),)


@window_op("AveragePool")
def average_pool(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value | None:
    """AVERAGE_POOL_2D, which does not count what SAME pads; other padding is corrected by the counts."""
    if not _in_a_plane(kernel_shape, dilations):
        return None
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    counted = _counted_pads(window, pads, include=bool(count_include_pad) and auto_pad == "NOTSET")
    if window.same and count_include_pad:
        if auto_pad != "NOTSET":
            counted = window.pads
        window = replace(window, same=False)
    data = padded(op, channels_last(op, x), window)
    result = op.AVERAGE_POOL_2D(data, **_options(op, window, data))
    if window.padded and not window.same and counted != window.pads:
        counts = _counts(op, x, window, counted)
        area = np.float64(prod(kernel_shape))
        factor = (area / counts).reshape((1, *([1] * (3 - len(kernel_shape) - 1)), *counts.shape, 1))
        result = op.MUL(result, op.constant(factor.astype(op.dtype(x).numpy())))
    return channels_first(op, result, len(kernel_shape) + 2)


def _in_a_plane(kernel: Sequence[int], dilations: Sequence[int] | None) -> bool:
    return len(kernel) <= 2 and all(gap == 1 for gap in dilations or ())


def _options(op: LiteBuilder, window: Window, x: ir.Value) -> dict[str, object]:
    kernel, strides = plane(window, "kernel"), plane(window, "strides")
    return {
        "padding": window.padding,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "filter_height": kernel[0],
        "filter_width": kernel[1],
        "shape": lite_shape(op, window, x, (op.shape(x) or (None,))[-1]),
    }


def _counted_pads(window: Window, pads: Sequence[int] | None, *, include: bool) -> tuple[tuple[int, int], ...]:
    """The padding that counts as elements: what the node states, not what ceil_mode reaches beyond it."""
    rank = len(window.kernel)
    if not include:
        return ((0, 0),) * rank
    stated = list(pads or [0] * 2 * rank)
    return tuple((stated[axis], stated[axis + rank]) for axis in range(rank))


def _counts(op: LiteBuilder, x: ir.Value, window: Window, counted: Sequence[tuple[int, int]]) -> np.ndarray:
    """How many elements each window holds."""
    rank = len(window.kernel)
    sizes = op.need_shape(x, range(2, rank + 2))[2:]
    result = np.ones((), np.float64)
    for axis in range(rank):
        before, after = window.pads[axis]
        inside = np.zeros(sizes[axis] + before + after)
        low, high = counted[axis]
        inside[before - low : before + sizes[axis] + high] = 1
        extent = (window.kernel[axis] - 1) * window.dilations[axis] + 1
        starts = range(0, len(inside) - extent + 1, window.strides[axis])
        counts = [inside[start : start + extent : window.dilations[axis]].sum() for start in starts]
        result = result[..., None] * np.array(counts)
    return result


@lite_op("MaxPool")
def max_pool_of_slices(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    storage_order: int = 0,
    strides: list[int] | None = None,
) -> tuple[ir.Value, ...]:
    """The largest of the slices that the places of the window select."""
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    lowest = -np.inf if op.dtype(x) in FLOATS else np.iinfo(op.dtype(x).numpy()).min
    slices = _slices(op, _padded_nc(op, x, window, lowest), window)
    if op.wants(1):
        return _with_places(op, x, list(slices), window, by_columns=bool(storage_order))
    result = next(slices)
    for item in slices:
        result = op.MAXIMUM(result, item)
    return (result,)


def _with_places(
    op: LiteBuilder, x: ir.Value, slices: Sequence[ir.Value], window: Window, *, by_columns: bool
) -> tuple[ir.Value, ir.Value]:
    """The largest and where it is, counted through the whole tensor; the first of equal ones."""
    shape = op.need_shape(x)
    best, found = slices[0], None
    for item, place in zip(slices, _places(window, shape, by_columns=by_columns), strict=True):
        here = op.constant(place)
        found = here if found is None else op.SELECT_V2(op.GREATER(item, best), here, found)
        best = op.MAXIMUM(best, item)
    planes = np.arange(shape[0] * shape[1], dtype=np.int64) * prod(shape[2:])
    base = op.constant(planes.reshape((shape[0], shape[1], *[1] * (len(shape) - 2))))
    return best, op.ADD(base, found if found is not None else base)


def _places(window: Window, shape: Sequence[int], *, by_columns: bool) -> Iterator[np.ndarray]:
    """For each place of the window the numbers, within a plane, of the elements that it meets."""
    sizes = shape[2:]
    order = range(len(sizes)) if by_columns else range(len(sizes))[::-1]
    steps = [0] * len(sizes)
    width = 1
    for axis in order:
        steps[axis], width = width, width * sizes[axis]
    for place in product(*map(range, window.kernel)):
        total = np.zeros((1, 1, *[1] * len(sizes)), np.int64)
        for axis, number in enumerate(place):
            start = number * window.dilations[axis] - window.pads[axis][0]
            whole = sizes[axis] + sum(window.pads[axis])
            extent = (window.kernel[axis] - 1) * window.dilations[axis] + 1
            count = (whole - extent) // window.strides[axis] + 1
            along = (start + np.arange(count) * window.strides[axis]) * steps[axis]
            total = total + along.reshape([-1 if other == axis + 2 else 1 for other in range(len(shape))])
        yield total


@lite_op("MaxUnpool")
def max_unpool(
    op: LiteBuilder,
    x: ir.Value,
    places: ir.Value,
    wanted: ir.Value | None = None,
    *,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value:
    """Elements put back to where MaxPool found them, zeros elsewhere."""
    rank = len(kernel_shape)
    steps = strides or [1] * rank
    if any(size > step for size, step in zip(kernel_shape, steps, strict=True)):
        raise op.fail("windows overlap, so that an element may be put back twice, which TFLite adds up")
    shape = op.need_shape(x)
    edges = pads or [0] * 2 * rank
    usual = [
        (shape[2 + axis] - 1) * steps[axis] + kernel_shape[axis] - edges[axis] - edges[axis + rank]
        for axis in range(rank)
    ]
    full = [*shape[:2], *usual]
    if wanted is not None:
        full = [int(size) for size in op.need_constant(wanted, "the output's shape").reshape(-1)]
    flat = op.to_shape(op.cast(places, INT32), (prod(shape), 1))
    put = op.SCATTER_ND(flat, op.to_shape(x, (prod(shape),)), op.i32(prod(full)), shape=(prod(full),))
    return op.to_shape(put, full)


@lite_op("AveragePool")
def average_pool_of_slices(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value:
    """The sum of the slices that the places of the window select, divided by the counts."""
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    counted = window.pads if auto_pad != "NOTSET" and count_include_pad else None
    counted = counted or _counted_pads(window, pads, include=bool(count_include_pad))
    total = _total(op, _padded_nc(op, x, window, 0), window)
    counts = _counts(op, x, window, counted)
    return op.MUL(total, op.constant((1 / counts).astype(op.dtype(x).numpy())))


@lite_op("LpPool")
def lp_pool(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    p: int = 2,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value:
    """The root of the sum of powers."""
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    powers = op.SQUARE(x) if p == 2 else op.ABS(x) if p == 1 else op.POW(op.ABS(x), op.scalar(p, x))
    total = _total(op, _padded_nc(op, powers, window, 0), window)
    return op.SQRT(total) if p == 2 else total if p == 1 else op.POW(total, op.scalar(1 / p, x))


def _total(op: LiteBuilder, x: ir.Value, window: Window) -> ir.Value:
    slices = _slices(op, x, window)
    result = next(slices)
    for item in slices:
        result = op.ADD(result, item)
    return result


def _padded_nc(op: LiteBuilder, x: ir.Value, window: Window, value: float) -> ir.Value:
    if not window.padded:
        return x
    table = op.constant(np.array([(0, 0), (0, 0), *window.pads], np.int32))
    return op.PADV2(x, table, op.scalar(value, x))


def _slices(op: LiteBuilder, x: ir.Value, window: Window) -> Iterator[ir.Value]:
    """For each place of the window the elements that it meets; channels first."""
    rank = len(window.kernel)
    if prod(window.kernel) > _MOST_SLICES:
        raise op.fail(f"a window of {prod(window.kernel)} places, which TFLite has no operator for")
    sizes = op.need_shape(x, range(2, rank + 2))
    results = [
        (sizes[2 + axis] - (window.kernel[axis] - 1) * window.dilations[axis] - 1) // window.strides[axis] + 1
        for axis in range(rank)
    ]
    shape = (*(op.shape(x) or ())[:2], *results)
    for place in product(*map(range, window.kernel)):
        start = [number * gap for number, gap in zip(place, window.dilations, strict=True)]
        stop = [low + (count - 1) * step + 1 for low, count, step in zip(start, results, window.strides, strict=True)]
        yield op.STRIDED_SLICE(
            x,
            op.i32([0, 0, *start]),
            op.i32([0, 0, *stop]),
            op.i32([1, 1, *window.strides]),
            begin_mask=3,
            end_mask=3,
            shape=shape,
        )


@window_op("GlobalAveragePool")
def global_average_pool(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The mean over all spatial dimensions."""
    return op.reduce("ReduceMean", x, list(range(2, op.need_rank(x))), keepdims=True)


@window_op("GlobalMaxPool")
def global_max_pool(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The largest over all spatial dimensions."""
    return op.reduce("ReduceMax", x, list(range(2, op.need_rank(x))), keepdims=True)


@window_op("GlobalLpPool")
def global_lp_pool(op: LiteBuilder, x: ir.Value, *, p: int = 2) -> ir.Value:
    """The root of the sum of powers over all spatial dimensions."""
    axes = list(range(2, op.need_rank(x)))
    if p in (1, 2):
        return op.reduce(f"ReduceL{p}", x, axes, keepdims=True)
    total = op.reduce("ReduceSum", op.Pow(op.Abs(x), op.scalar(p, x)), axes, keepdims=True)
    return op.Pow(total, op.scalar(1 / p, x))
