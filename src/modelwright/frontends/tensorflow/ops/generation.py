"""Tensors made from nothing but shapes and numbers: constants, ranges, one-hot codes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import constant_ints, int64
from modelwright.hub.kernels import kernel_dtype, where

_SMALL = 64
"""Largest number of elements that are written out instead of repeated at run time."""


@tf_op("Fill", ignores=("index_type",))
def fill(op: TensorFlowBuilder, dims: ir.Value, value: ir.Value) -> ir.Value:
    """A tensor of one value; a small one whose size is known is a constant."""
    sizes, array = constant_ints(op, dims), op.constant_value(value)
    if sizes is not None and array is not None and np.prod(sizes) <= _SMALL and array.dtype.kind in "iufb":
        return op.constant(np.full(sizes, array.reshape(())))
    return op.Expand(value, int64(op, dims))


@tf_op("ZerosLike")
def zeros_like(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Zeros (or false) of the shape and dtype of ``x``."""
    return _like(op, x, 0)


@tf_op("OnesLike")
def ones_like(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Ones (or true) of the shape and dtype of ``x``."""
    return _like(op, x, 1)


def _like(op: TensorFlowBuilder, x: ir.Value, number: int) -> ir.Value:
    known = op.shapes.static_shape(x)
    if known is not None and np.prod(known) <= _SMALL:
        return op.constant(np.full(known, number, op.dtype(x).numpy()))
    filled: ir.Value = op.Expand(op.scalar(number, x), op.shape_of(x))
    return filled


@tf_op("Empty")
def empty(op: TensorFlowBuilder, dims: ir.Value, *, dtype: ir.DataType, init: bool = False) -> ir.Value:
    """A tensor of no particular content; zeros."""
    del init
    return op.Expand(op.constant(np.zeros((), dtype.numpy())), int64(op, dims))


@tf_op("Range")
def range_(op: TensorFlowBuilder, start: ir.Value, limit: ir.Value, delta: ir.Value) -> ir.Value:
    """``start, start + delta, ...`` up to but without ``limit``."""
    arrays = [op.constant_value(value) for value in (start, limit, delta)]
    if all(array is not None for array in arrays):
        numbers = [array.reshape(()) for array in arrays if array is not None]
        dtype = numbers[0].dtype
        if dtype.kind in "iu":
            return op.constant(np.arange(*(int(number) for number in numbers)).astype(dtype))
    source = op.dtype(start)
    kernel = kernel_dtype(op, "Range", source)
    return op.cast(op.Range(*(op.cast(value, kernel) for value in (start, limit, delta))), source)


@tf_op("LinSpace")
def lin_space(op: TensorFlowBuilder, start: ir.Value, stop: ir.Value, num: ir.Value) -> ir.Value:
    """``num`` numbers from start to stop, both included: ``start + i * (stop - start) / max(num - 1, 1)``."""
    zero, one = op.constant(np.int64(0)), op.constant(np.int64(1))
    count = int64(op, num)
    steps = op.cast(op.Range(zero, count, one), op.dtype(start))
    gaps = op.cast(op.Max(op.Sub(count, one), one), op.dtype(start))
    values = op.Add(start, op.Mul(steps, op.Div(op.Sub(stop, start), gaps)))
    last = op.And(op.Equal(steps, gaps), op.Greater(count, one))
    return op.Where(last, stop, values)


@tf_op("OneHot")
def one_hot(
    op: TensorFlowBuilder, indices: ir.Value, depth: ir.Value, on: ir.Value, off: ir.Value, *, axis: int = -1
) -> ir.Value:
    """``on`` at the index, ``off`` elsewhere; indices outside 0 .. depth - 1 (negative ones too) give ``off``."""
    dtype = op.dtype(on)
    kernel = kernel_dtype(op, "OneHot", dtype)
    places = int64(op, indices)
    count = int64(op, depth)
    array = op.constant_value(places)
    if array is None or np.any(array < 0):
        outside = op.Less(places, op.constant(np.int64(0)))
        places = where(op, outside, count, places)
    values = op.concat([op.reshape(op.cast(item, kernel), [1]) for item in (off, on)], 0)
    return op.cast(op.OneHot(places, op.reshape(count, [1]), values, axis=axis), dtype)


@tf_op("Bucketize")
def bucketize(op: TensorFlowBuilder, x: ir.Value, *, boundaries: list[float]) -> ir.Value:
    """How many boundaries are not greater than each number."""
    limits = op.constant(np.asarray(boundaries, np.float32))
    passed = op.GreaterOrEqual(op.unsqueeze(op.cast(x, ir.DataType.FLOAT), [-1]), limits)
    return op.reduce("ReduceSum", op.cast(passed, ir.DataType.INT32), [-1], keepdims=False)


@tf_op("Placeholder", "PlaceholderV2")
def placeholder(op: TensorFlowBuilder, *, dtype: ir.DataType, shape: tuple[int | None, ...] | None = None) -> ir.Value:
    """An input that nobody declared: the graph cannot be computed without it."""
    raise op.fail(
        f"is an input ({dtype.name.lower()}, shape {shape}) that is not among the model's inputs",
        hint=f"add it with --inputs {op.node.name}:0",
    )


@tf_op("PlaceholderWithDefault", ignores=("dtype", "shape"))
def placeholder_with_default(op: TensorFlowBuilder, default: ir.Value) -> ir.Value:
    """Its default, as nobody declared it as an input."""
    return op.Identity(default)
