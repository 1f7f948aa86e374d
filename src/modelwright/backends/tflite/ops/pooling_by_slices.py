"""Pooling that TFLite has no operator for, as operations on the slices that the places of the window select."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.backends.tflite.windows import Window, counted_pads, counts_of, window_of
from modelwright.hub.dtypes import FLOATS

_MOST_SLICES = 256


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
    counted = counted or counted_pads(window, pads, include=bool(count_include_pad))
    total = _total(op, _padded_nc(op, x, window, 0), window)
    counts = counts_of(op, x, window, counted)
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
