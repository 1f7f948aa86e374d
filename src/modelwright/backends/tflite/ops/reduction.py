"""Reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import BOOL, FLOAT, INT64, LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.hub.dtypes import FLOATS


def _axes(op: LiteBuilder, x: ir.Value, axes: ir.Value | None, noop: int) -> ir.Value | None:
    """The axes as int32; None for nothing to reduce."""
    rank = op.need_rank(x)
    known = None if axes is None else op.constant_value(axes)
    if axes is not None and op.shape(axes) == (0,):
        axes = None
    if axes is None or (known is not None and not known.size):
        return None if noop else op.i32(list(range(rank)))
    if known is not None:
        return op.i32([int(axis) % rank for axis in known.reshape(-1)])
    return op.int32(axes)


_EMPTY = {"REDUCE_MAX": -np.inf, "REDUCE_MIN": np.inf, "REDUCE_PROD": 1.0, "SUM": 0.0}
"""What nothing is reduced to."""


def _reduced(op: LiteBuilder, name: str, x: ir.Value, axes: ir.Value | None, keepdims: int) -> Any:
    if 0 in (op.shape(x) or ()) and name in _EMPTY and axes is not None:
        return _of_nothing(op, name, op.dtype(x))
    return x if axes is None else op.emit(name, [x, axes], {"keep_dims": keepdims, "shape": op.result_shape()})


def _of_nothing(op: LiteBuilder, name: str, dtype: ir.DataType) -> ir.Value:
    """Reductions of tensors without elements are constants."""
    shape = op.need_shape(op.node.outputs[0])
    number = _EMPTY[name]
    if dtype not in FLOATS and np.isinf(number):
        limits = np.iinfo(dtype.numpy())
        number = limits.min if number < 0 else limits.max
    return op.constant(np.full(shape, number, dtype.numpy()))


@lite_op("ReduceSum")
def reduce_sum(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The sum."""
    return _reduced(op, "SUM", x, _axes(op, x, axes, noop_with_empty_axes), keepdims)


@lite_op("ReduceMean")
def reduce_mean(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The mean."""
    if op.dtype(x) not in FLOATS:
        raise op.fail("TFLite has no mean of integers", hint="cast to float32 in the model")
    return _reduced(op, "MEAN", x, _axes(op, x, axes, noop_with_empty_axes), keepdims)


@lite_op("ReduceProd")
def reduce_product(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The product."""
    return _reduced(op, "REDUCE_PROD", x, _axes(op, x, axes, noop_with_empty_axes), keepdims)


def _extreme(op: LiteBuilder, name: str, x: ir.Value, axes: ir.Value | None, keepdims: int) -> ir.Value:
    if op.dtype(x) is BOOL:
        return _reduced(op, name.replace("MAX", "ANY").replace("MIN", "ALL"), x, axes, keepdims)
    return _reduced(op, name, x, axes, keepdims)


@lite_op("ReduceMax")
def reduce_max(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The largest."""
    return _extreme(op, "REDUCE_MAX", x, _axes(op, x, axes, noop_with_empty_axes), keepdims)


@lite_op("ReduceMin")
def reduce_min(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The smallest."""
    return _extreme(op, "REDUCE_MIN", x, _axes(op, x, axes, noop_with_empty_axes), keepdims)


@lite_op("ReduceL1")
def reduce_l1(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The sum of magnitudes."""
    size = op.MAXIMUM(x, op.NEG(x)) if op.dtype(x) not in FLOATS else op.ABS(x)
    return _reduced(op, "SUM", size, _axes(op, x, axes, noop_with_empty_axes), keepdims)


@lite_op("ReduceL2")
def reduce_l2(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The root of the sum of squares."""
    data = x if op.dtype(x) in FLOATS else op.cast(x, FLOAT)
    places = _axes(op, x, axes, noop_with_empty_axes)
    return op.cast(op.SQRT(_reduced(op, "SUM", op.MUL(data, data), places, keepdims)), op.dtype(x))


@lite_op("ReduceSumSquare")
def reduce_sum_square(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The sum of squares."""
    return _reduced(op, "SUM", op.MUL(x, x), _axes(op, x, axes, noop_with_empty_axes), keepdims)


@lite_op("ReduceLogSum")
def reduce_log_sum(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The logarithm of the sum."""
    return op.LOG(_reduced(op, "SUM", x, _axes(op, x, axes, noop_with_empty_axes), keepdims))


@lite_op("ReduceLogSumExp")
def reduce_log_sum_exp(
    op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> ir.Value:
    """The logarithm of the sum of exponentials, taken beside the largest so that nothing overflows."""
    places = _axes(op, x, axes, noop_with_empty_axes)
    if places is None:
        return x
    if 0 in (op.shape(x) or ()):
        return _of_nothing(op, "REDUCE_MAX", op.dtype(x))
    top = op.REDUCE_MAX(x, places, keep_dims=1)
    lowest = float(np.finfo(np.float32).min)
    top = op.MINIMUM(op.MAXIMUM(top, op.scalar(lowest, x)), op.scalar(-lowest, x))
    total = op.LOG(op.SUM(op.EXP(op.SUB(x, top)), places, keep_dims=1))
    result = op.ADD(total, top)
    return result if keepdims else _reduced(op, "REDUCE_MAX", result, places, 0)


@lite_op("ArgMax", "ArgMin")
def argument(op: LiteBuilder, x: ir.Value, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> ir.Value:
    """Where the largest or smallest entry along ``axis`` is: the first, or the last of equal ones."""
    place = axis % op.need_rank(x)
    data = op.REVERSE_V2(x, op.i32(place)) if select_last_index else x
    name = "ARG_MAX" if op.node.op_type == "ArgMax" else "ARG_MIN"
    found = op.emit(name, [data, op.i32(place)], {"output_type": "int64"})
    if select_last_index:
        last = op.SUB(op.cast(op.to_shape(op.size_of(x, place), ()), INT64), op.constant(np.asarray(1, np.int64)))
        found = op.SUB(last, found)
    return op.EXPAND_DIMS(found, op.i32_scalar(place)) if keepdims else op.first(found)
