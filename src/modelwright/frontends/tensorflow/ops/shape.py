"""Shapes as values, and operators that only rearrange or repeat elements."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import constant_ints, int64, scalar_to_vector
from modelwright.hub.kernels import kernel_dtype

_INT32 = ir.DataType.INT32


@tf_op("Shape")
def shape(op: TensorFlowBuilder, x: ir.Value, *, out_type: ir.DataType = _INT32) -> ir.Value:
    """The dimensions."""
    return op.cast(op.Shape(x), out_type)


@tf_op("ShapeN", ignores=("N",))
def shape_n(op: TensorFlowBuilder, *values: ir.Value, out_type: ir.DataType = _INT32) -> tuple[ir.Value, ...]:
    """The dimensions of each input."""
    return tuple(op.cast(op.Shape(value), out_type) for value in values)


@tf_op("Size")
def size(op: TensorFlowBuilder, x: ir.Value, *, out_type: ir.DataType = _INT32) -> ir.Value:
    """The number of elements."""
    return op.cast(op.Size(x), out_type)


@tf_op("Rank")
def rank_of(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """The number of dimensions: a constant where known, else the length of the shape."""
    known = op.rank(x)
    return op.constant(np.asarray(known, np.int32)) if known is not None else op.cast(op.Size(op.Shape(x)), _INT32)


@tf_op("Reshape")
def reshape(op: TensorFlowBuilder, x: ir.Value, target: ir.Value) -> ir.Value:
    """``x`` with another shape, -1 computed.

    TensorFlow's 0 is a size of 0, ONNX's copies the dimension: ``allowzero`` (opset 14) where a 0 may occur.
    """
    numbers = constant_ints(op, target)
    if numbers is None:
        return op.reshape(x, _filled(op, target))
    if 0 not in numbers:
        return op.reshape(x, numbers)
    if op.opset >= 14 and -1 not in numbers:
        return op.Reshape(x, op.ints(numbers), allowzero=1)
    return op.reshape(x, _empty_target(op, x, numbers))


def _filled(op: TensorFlowBuilder, target: ir.Value) -> ir.Value:
    """A computed shape with one unknown entry replaced by -1 when all others are known, so that more folds."""
    known = op.shapes.contents(target)
    if known is None or known.ndim != 1:
        return int64(op, target)
    entries = known.tolist()
    unknown = [entry for entry in entries if not isinstance(entry, int)]
    if len(unknown) == 1 and 0 not in entries and -1 not in entries:
        return op.ints([entry if isinstance(entry, int) else -1 for entry in entries])
    return int64(op, target)


def _empty_target(op: TensorFlowBuilder, x: ir.Value, numbers: list[int]) -> list[int]:
    """The same shape without ONNX's meaning of 0, for an empty tensor."""
    known = op.shape(x)
    for axis, number in enumerate(numbers):
        if number == 0 and (known is None or axis >= len(known) or known[axis] != 0):
            raise op.fail(f"reshapes to {numbers}, whose 0 means an empty tensor", hint="choose --opset 14 or newer")
    return [0 if number == -1 and numbers.count(0) else number for number in numbers] if -1 in numbers else numbers


@tf_op("Squeeze")
def squeeze(op: TensorFlowBuilder, x: ir.Value, *, squeeze_dims: list[int] | None = None) -> ir.Value:
    """Without the axes given, or without every axis of size 1."""
    return op.squeeze(x, squeeze_dims) if squeeze_dims else _squeeze_all(op, x)


def _squeeze_all(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    known = op.shape(x)
    if known is None or any(not isinstance(dim, int) for dim in known):
        return op.squeeze(x)
    axes = [axis for axis, dim in enumerate(known) if dim == 1]
    return op.squeeze(x, axes) if axes else op.Identity(x)


@tf_op("ExpandDims")
def expand_dims(op: TensorFlowBuilder, x: ir.Value, axis: ir.Value) -> ir.Value:
    """With an axis of size 1 at ``axis``, counted in the result."""
    numbers = constant_ints(op, axis)
    return op.unsqueeze(x, numbers) if numbers is not None else op.Unsqueeze(x, scalar_to_vector(op, axis))


@tf_op("Transpose", "ConjugateTranspose")
def transpose(op: TensorFlowBuilder, x: ir.Value, perm: ir.Value) -> ir.Value:
    """The dimensions permuted."""
    numbers = constant_ints(op, perm)
    if numbers is None and op.rank(perm) == 1 and _reverses(op, perm):
        return op.Transpose(x)
    order = numbers if numbers is not None else [int(i) for i in op.need_constant(perm, "the permutation")]
    if order == list(range(len(order))):
        return op.Identity(x)
    return op.transpose(x, [axis % len(order) for axis in order])


def _reverses(op: TensorFlowBuilder, perm: ir.Value) -> bool:
    """Whether a computed permutation counts down, as tf.transpose writes its default.

    That is ``range(rank - 1, -1, -1)`` or, in older versions, ``rank - 1 - range(0, rank, 1)``.
    """
    node = perm.producer()
    if node is not None and node.op_type == "Range":
        return _range_constants(op, node)[1:] == [[-1], [-1]]
    if node is None or node.op_type != "Sub" or node.inputs[1] is None:
        return False
    counted = node.inputs[1].producer()
    if counted is None or counted.op_type != "Range":
        return False
    numbers = _range_constants(op, counted)
    return numbers[0] == [0] and numbers[2] == [1]


def _range_constants(op: TensorFlowBuilder, node: ir.Node) -> list[list[int] | None]:
    """Start, limit and step of a Range, None where they are computed."""
    return [constant_ints(op, value) if value is not None else None for value in node.inputs]


@tf_op("ConcatV2", ignores=("N",))
def concat_v2(op: TensorFlowBuilder, *inputs: ir.Value) -> ir.Value:
    """The inputs but the last joined along the axis that the last one gives."""
    return _concat(op, inputs[:-1], inputs[-1])


@tf_op("Concat", ignores=("N",))
def concat(op: TensorFlowBuilder, axis: ir.Value, *values: ir.Value) -> ir.Value:
    """The older form: the axis comes first."""
    return _concat(op, values, axis)


def _concat(op: TensorFlowBuilder, values: tuple[ir.Value, ...], axis: ir.Value) -> ir.Value:
    place = int(op.need_constant(axis, "the axis").reshape(-1)[0])
    return op.Identity(values[0]) if len(values) == 1 else op.concat(values, place)


@tf_op("Pack", ignores=("N",))
def pack(op: TensorFlowBuilder, *values: ir.Value, axis: int = 0) -> ir.Value:
    """The inputs stacked along a new axis."""
    return op.concat([op.unsqueeze(value, [axis]) for value in values], axis)


@tf_op("ParallelConcat", ignores=("N", "shape"))
def parallel_concat(op: TensorFlowBuilder, *values: ir.Value) -> ir.Value:
    """The inputs joined along the first axis."""
    return op.concat(values, 0)


@tf_op("Unpack")
def unpack(op: TensorFlowBuilder, x: ir.Value, *, num: int, axis: int = 0) -> tuple[ir.Value, ...]:
    """The slices along ``axis``, without it."""
    parts = op.split(x, [1] * num, axis)
    return tuple(op.squeeze(part, [axis]) for part in parts)


@tf_op("Tile")
def tile(op: TensorFlowBuilder, x: ir.Value, multiples: ir.Value) -> ir.Value:
    """``x`` repeated along each axis."""
    return op.Tile(x, int64(op, multiples))


@tf_op("BroadcastTo")
def broadcast_to(op: TensorFlowBuilder, x: ir.Value, target: ir.Value) -> ir.Value:
    """``x`` repeated along its axes of size 1 and new leading axes."""
    return op.Expand(x, int64(op, target))


@tf_op("BroadcastArgs")
def broadcast_args(op: TensorFlowBuilder, left: ir.Value, right: ir.Value) -> ir.Value:
    """The shape that two shapes broadcast to: that of two tensors expanded together."""
    zero = op.constant(np.zeros((), np.int64))
    expanded = [op.Expand(zero, int64(op, item)) for item in (left, right)]
    return op.cast(op.Shape(op.Add(*expanded)), op.dtype(left))


@tf_op("Pad")
def pad(op: TensorFlowBuilder, x: ir.Value, paddings: ir.Value) -> ir.Value:
    """Zeros around: ``paddings`` is [rank, 2], before and after each axis."""
    return _pad(op, x, paddings, "constant", None)


@tf_op("PadV2")
def pad_v2(op: TensorFlowBuilder, x: ir.Value, paddings: ir.Value, value: ir.Value) -> ir.Value:
    """The value given around."""
    return _pad(op, x, paddings, "constant", value)


@tf_op("MirrorPad")
def mirror_pad(op: TensorFlowBuilder, x: ir.Value, paddings: ir.Value, *, mode: str) -> ir.Value:
    """The tensor mirrored at its borders: REFLECT without repeating the border, SYMMETRIC with it."""
    if mode == "REFLECT":
        return _pad(op, x, paddings, "reflect", None)
    return _mirror(op, x, paddings)


def _pad(op: TensorFlowBuilder, x: ir.Value, paddings: ir.Value, mode: str, value: ir.Value | None) -> ir.Value:
    array = op.constant_value(paddings)
    amounts = [int(n) for n in array.T.reshape(-1)] if array is not None else _computed_pads(op, paddings)
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Pad", dtype)
    fill = op.cast(value, kernel) if value is not None else None
    return op.cast(op.pad(op.cast(x, kernel), amounts, mode=mode, value=fill), dtype)


def _computed_pads(op: TensorFlowBuilder, paddings: ir.Value) -> ir.Value:
    return op.reshape(op.transpose(int64(op, paddings), [1, 0]), [-1])


def _mirror(op: TensorFlowBuilder, x: ir.Value, paddings: ir.Value) -> ir.Value:
    """SYMMETRIC: ONNX has no such mode; the borders are cut out, reversed and joined on."""
    amounts = op.need_constant(paddings, "the amounts of SYMMETRIC padding")
    for axis, (before, after) in enumerate(amounts.tolist()):
        parts = [x]
        if before:
            border = op.slice(x, [0], [before], axes=[axis])
            parts.insert(0, op.slice(border, [-1], [None], axes=[axis], steps=[-1]))
        if after:
            border = op.slice(x, [-after], [None], axes=[axis])
            parts.append(op.slice(border, [-1], [None], axes=[axis], steps=[-1]))
        x = op.concat(parts, axis)
    return x
