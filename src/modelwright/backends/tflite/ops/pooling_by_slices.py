"""Pooling that TFLite has no operator for, as operations on the slices that the places of the window select."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.backends.tflite.windows import Window, counted_pads, counts_of, window_of
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.taps import Ranges, first_numbers, numbers_in_plane, taps

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
        return _with_places(op, x, slices, window, by_columns=bool(storage_order))
    _, result = next(slices)
    for _, item in slices:
        result = op.MAXIMUM(result, item)
    return (result,)


def _with_places(
    op: LiteBuilder, x: ir.Value, slices: Iterator[tuple[Ranges, ir.Value]], window: Window, *, by_columns: bool
) -> tuple[ir.Value, ir.Value]:
    """The largest and where it is, counted through the whole tensor; the first of equal ones."""
    shape = op.need_shape(x)
    begins = [before for before, _ in window.pads]

    def place(ranges: Ranges) -> ir.Value:
        return op.constant(numbers_in_plane(ranges, begins, shape[2:], by_columns=by_columns))

    ranges, best = next(slices)
    found = place(ranges)
    for ranges, item in slices:
        found = op.SELECT_V2(op.GREATER(item, best), place(ranges), found)
        best = op.MAXIMUM(best, item)
    return best, op.ADD(op.constant(first_numbers(shape)), found)


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
    _, result = next(slices)
    for _, item in slices:
        result = op.ADD(result, item)
    return result


def _padded_nc(op: LiteBuilder, x: ir.Value, window: Window, value: float) -> ir.Value:
    if not window.padded:
        return x
    table = op.constant(np.array([(0, 0), (0, 0), *window.pads], np.int32))
    return op.PADV2(x, table, op.scalar(value, x))


def _slices(op: LiteBuilder, x: ir.Value, window: Window) -> Iterator[tuple[Ranges, ir.Value]]:
    """For each place of the window the elements that it meets, and which these are; channels first."""
    rank = len(window.kernel)
    if prod(window.kernel) > _MOST_SLICES:
        raise op.fail(f"a window of {prod(window.kernel)} places, which TFLite has no operator for")
    shape = op.shape(x) or ()
    sizes = op.need_shape(x, range(2, rank + 2))[2:]
    for ranges in taps(sizes, window.kernel, window.strides, window.dilations):
        starts, stops, steps = zip(*ranges, strict=True)
        results = [len(range(*one)) for one in ranges]
        yield (
            ranges,
            op.STRIDED_SLICE(
                x,
                op.i32([0, 0, *starts]),
                op.i32([0, 0, *stops]),
                op.i32([1, 1, *steps]),
                begin_mask=3,
                end_mask=3,
                shape=(*shape[:2], *results),
            ),
        )
