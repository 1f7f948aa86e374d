"""Slices and writing into slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op

_FAR = 2**63 - 1
Bounds = ir.Value | list[ir.Value] | None


def _vector(op: PaddleBuilder, bounds: Bounds, stated: Sequence[int] | None) -> ir.Value:
    if isinstance(bounds, list):
        return op.joined(bounds)
    return op.ints(list(stated or [])) if bounds is None else op.vector(bounds)


@paddle_op("slice")
def slice_(
    op: PaddleBuilder,
    x: ir.Value,
    first: Bounds = None,
    last: Bounds = None,
    *,
    axes: list[int],
    starts: list[int] | None = None,
    ends: list[int] | None = None,
    decrease_axis: list[int] | None = None,
) -> ir.Value:
    """A range of each of some dimensions; those in ``decrease_axis`` are dropped."""
    begin, end = _vector(op, first, starts), _vector(op, last, ends)
    gone = sorted(decrease_axis or [])
    known = op.constant_value(begin), op.constant_value(end)
    if known[0] is None and len(axes) == 1 and gone == list(axes):
        return op.gather(x, op.single(begin), op.axis(axes[0], op.need_rank(x)))
    if known[0] is not None and known[1] is not None:
        stops = [
            _FAR if low == -1 and high == 0 and axis in gone else int(high)
            for axis, low, high in zip(axes, known[0].reshape(-1), known[1].reshape(-1), strict=True)
        ]
        end = op.ints(stops)
    return op.squeeze(op.Slice(x, begin, end, op.ints(list(axes))), gone)


@paddle_op("strided_slice")
def strided_slice(
    op: PaddleBuilder,
    x: ir.Value,
    first: Bounds = None,
    last: Bounds = None,
    step: Bounds = None,
    *,
    axes: list[int],
    starts: list[int] | None = None,
    ends: list[int] | None = None,
    strides: list[int] | None = None,
    decrease_axis: list[int] | None = None,
) -> ir.Value:
    """Every so many entries of a range of each of some dimensions; backwards an end of -1 is before the first."""
    begin, end, by = _vector(op, first, starts), _vector(op, last, ends), _vector(op, step, strides)
    known = op.constant_value(end), op.constant_value(by)
    if known[0] is not None and known[1] is not None:
        stops = [
            -_FAR if stop == -1 and stride < 0 else int(stop)
            for stop, stride in zip(known[0].reshape(-1), known[1].reshape(-1), strict=True)
        ]
        end = op.ints(stops)
    y = op.Slice(x, begin, end, op.ints(list(axes)), by)
    return op.squeeze(y, sorted(decrease_axis or []))


@paddle_op("crop")
def crop(
    op: PaddleBuilder,
    x: ir.Value,
    sizes: Bounds = None,
    begins: Bounds = None,
    *,
    shape: list[int] | None = None,
    offsets: list[int] | None = None,
) -> ir.Value:
    """A box of a given size; -1 reaches to the end."""
    size, begin = _vector(op, sizes, shape), _vector(op, begins, offsets)
    axes = op.ints(list(range(op.need_rank(x))))
    end = op.Where(op.Less(size, op.ints(0)), op.ints(_FAR), op.Add(begin, size))
    return op.Slice(x, begin, end, axes)


@paddle_op("set_value")
def set_value(
    op: PaddleBuilder,
    x: ir.Value,
    first: Bounds = None,
    last: Bounds = None,
    step: Bounds = None,
    *,
    axes: list[int],
    starts: list[int] | None = None,
    ends: list[int] | None = None,
    steps: list[int] | None = None,
    decrease_axes: list[int] | None = None,
    none_axes: list[int] | None = None,
    shape: list[int] | None = None,
    values: list[float] | None = None,
) -> ir.Value:
    """Stated numbers written into a slice."""
    return set_value_with_tensor(
        op,
        x,
        None,
        first,
        last,
        step,
        axes=axes,
        starts=starts,
        ends=ends,
        steps=steps,
        decrease_axes=decrease_axes,
        none_axes=none_axes,
        shape=shape,
        values=values,
    )


@paddle_op("set_value_with_tensor")
def set_value_with_tensor(
    op: PaddleBuilder,
    x: ir.Value,
    value: ir.Value | None = None,
    first: Bounds = None,
    last: Bounds = None,
    step: Bounds = None,
    *,
    axes: list[int],
    starts: list[int] | None = None,
    ends: list[int] | None = None,
    steps: list[int] | None = None,
    decrease_axes: list[int] | None = None,
    none_axes: list[int] | None = None,
    shape: list[int] | None = None,
    values: list[float] | None = None,
) -> ir.Value:
    """A tensor written into a slice, repeated to its shape.

    The slice of a tensor of the elements' numbers says where in the flat tensor its elements lie.
    """
    bounds = _vector(op, first, starts), _vector(op, last, ends), _vector(op, step, steps)
    if value is None:
        value = op.constant(np.asarray(values or [0], op.dtype(x).numpy()).reshape(list(shape or [1])))
    zero, one = (op.constant(np.asarray(number, np.int64)) for number in (0, 1))
    numbers = op.reshape(op.Range(zero, op.Size(x), one), op.shape_of(x))
    places = op.Slice(numbers, bounds[0], bounds[1], op.ints(list(axes)), bounds[2])
    places = op.squeeze(places, sorted(decrease_axes or []))
    if none_axes:
        places = op.unsqueeze(places, sorted(none_axes))
    written = op.Expand(op.cast(value, op.dtype(x)), op.shape_of(places))
    flat = op.ScatterElements(op.reshape(x, [-1]), op.reshape(places, [-1]), op.reshape(written, [-1]), axis=0)
    return op.reshape(flat, op.shape_of(x))


@paddle_op("flip")
def flip(op: PaddleBuilder, x: ir.Value, dims: ir.Value | None = None, *, axis: list[int] | None = None) -> ir.Value:
    """The other way round along dimensions."""
    axes = op.axes(axis or [] if dims is None else dims, op.need_rank(x))
    count = len(axes)
    if not count:
        return op.Identity(x)
    return op.slice(x, [-1] * count, [None] * count, axes, [-1] * count)


@paddle_op("roll")
def roll(
    op: PaddleBuilder,
    x: ir.Value,
    amounts: ir.Value | None = None,
    *,
    shifts: list[int] | None = None,
    axis: list[int] | None = None,
) -> ir.Value:
    """Moves entries along dimensions, in a circle; no dimension means the flat tensor."""
    moves = list(shifts or []) if amounts is None else op.need_ints(amounts, "the shifts")
    if not axis:
        return op.reshape(_rolled(op, op.reshape(x, [-1]), 0, moves[0]), op.shape_of(x))
    for place, move in zip(axis, moves, strict=True):
        x = _rolled(op, x, op.axis(place, op.need_rank(x)), move)
    return x


def _rolled(op: PaddleBuilder, x: ir.Value, axis: int, move: int) -> ir.Value:
    size = op.sizes(x)[axis]
    if size is not None:
        move %= max(size, 1)
        if move == 0:
            return x
        return op.concat([op.slice(x, [size - move], [None], [axis]), op.slice(x, [0], [size - move], [axis])], axis)
    length = op.dim_of(x, axis)
    cut = op.Sub(length, op.Mod(op.ints(move), length))
    axes = op.ints(axis)
    return op.Concat(op.Slice(x, cut, length, axes), op.Slice(x, op.ints(0), cut, axes), axis=axis)
