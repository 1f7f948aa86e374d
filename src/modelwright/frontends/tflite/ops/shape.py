"""Shapes, joining and cutting apart, transpositions, padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.hub.kernels import kernel_dtype


@tflite_op("RESHAPE")
def reshape(
    op: TFLiteBuilder, x: ir.Value, shape: ir.Value | None = None, *, new_shape: Sequence[int] = ()
) -> ir.Value:
    """Another shape, from a tensor or in old files from the options; a 0 in it means 0."""
    if shape is None:
        target = [int(size) for size in new_shape]
        return op.reshape(x, target if target != [0] else [])
    known = op.constant_value(shape)
    if known is not None:
        return op.reshape(x, _without_batch(op, x, [int(size) for size in known.reshape(-1)]))
    return op.reshape(x, op.int64(shape))


def _without_batch(op: TFLiteBuilder, x: ir.Value, target: list[int]) -> list[int]:
    """Constant target shapes; a first dimension that stays is kept open when the model's batch is."""
    known, signature = op.shape(x), op.node.outputs[0].signature
    if known is None or not signature or len(signature) != len(target) or -1 in target:
        return target
    if signature[0] is None and not isinstance(known[0], int):
        return [-1, *target[1:]]
    return target


@tflite_op("TRANSPOSE")
def transpose(op: TFLiteBuilder, x: ir.Value, perm: ir.Value) -> ir.Value:
    """Permutes dimensions."""
    return op.weights(x, op.need_ints(perm, "the permutation"))


@tflite_op("SHAPE", ignores=("out_type",))
def shape(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """The sizes."""
    return op.cast(op.shape_of(x), op.node.outputs[0].dtype or ir.DataType.INT32)


@tflite_op("RANK")
def rank(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """The number of dimensions."""
    known = op.rank(x)
    if known is not None:
        return op.constant(np.asarray(known, np.int32))
    return op.cast(op.Size(op.Shape(x)), ir.DataType.INT32)


@tflite_op("EXPAND_DIMS")
def expand_dims(op: TFLiteBuilder, x: ir.Value, axis: ir.Value) -> ir.Value:
    """A dimension of size 1 before ``axis``, counted in the result."""
    return op.unsqueeze(x, op.need_ints(axis, "the axis"))


@tflite_op("SQUEEZE")
def squeeze(op: TFLiteBuilder, x: ir.Value, *, squeeze_dims: Sequence[int] = ()) -> ir.Value:
    """Drops dimensions of size 1; all of them when none is named."""
    return op.squeeze(x, [int(axis) for axis in squeeze_dims] or None)


@tflite_op("CONCATENATION")
def concatenation(op: TFLiteBuilder, *values: ir.Value, axis: int = 0) -> ir.Value:
    """Joins along ``axis``."""
    return op.Identity(values[0]) if len(values) == 1 else op.concat(values, axis)


@tflite_op("PACK", ignores=("values_count",))
def pack(op: TFLiteBuilder, *values: ir.Value, axis: int = 0) -> ir.Value:
    """Joins along a new axis."""
    return op.concat([op.unsqueeze(value, [axis]) for value in values], axis)


@tflite_op("UNPACK")
def unpack(op: TFLiteBuilder, x: ir.Value, *, num: int = 0, axis: int = 0) -> tuple[ir.Value, ...]:
    """Each entry along ``axis``, without it."""
    count = num or len(op.node.outputs)
    return tuple(op.gather(x, index, axis) for index in range(count))


@tflite_op("SPLIT", ignores=("num_splits",))
def split(op: TFLiteBuilder, axis: ir.Value, x: ir.Value) -> tuple[ir.Value, ...]:
    """Equal parts along ``axis``."""
    place = op.need_ints(axis, "the axis")[0]
    count = len(op.node.outputs)
    known = op.shape(x)
    size = known[place] if known is not None else None
    if not isinstance(size, int):
        parts = op.emit("Split", [x], {"axis": place, "num_outputs": count if op.opset >= 18 else None}, outputs=count)
        return parts if isinstance(parts, tuple) else (parts,)
    return op.split(x, [size // count] * count, place)


@tflite_op("SPLIT_V", ignores=("num_splits",))
def split_v(op: TFLiteBuilder, x: ir.Value, sizes: ir.Value, axis: ir.Value) -> tuple[ir.Value, ...]:
    """Parts of the sizes given; one of -1 takes what is left."""
    place, wanted = op.need_ints(axis, "the axis")[0], op.need_ints(sizes, "the sizes")
    if -1 in wanted:
        known = op.shape(x)
        whole = known[place] if known is not None else None
        if not isinstance(whole, int):
            raise op.fail("one of its parts has an unknown size", hint="convert with fixed input shapes")
        wanted = [size if size >= 0 else whole - sum(wanted) - 1 for size in wanted]
    return op.split(x, wanted, place)


@tflite_op("TILE")
def tile(op: TFLiteBuilder, x: ir.Value, multiples: ir.Value) -> ir.Value:
    """Repeats along each dimension."""
    return op.Tile(x, op.int64(multiples))


@tflite_op("BROADCAST_TO")
def broadcast_to(op: TFLiteBuilder, x: ir.Value, target: ir.Value) -> ir.Value:
    """Repeats dimensions of size 1."""
    return op.Expand(x, op.int64(target))


@tflite_op("BROADCAST_ARGS")
def broadcast_args(op: TFLiteBuilder, one: ir.Value, other: ir.Value) -> ir.Value:
    """The shape that two shapes broadcast to."""
    dtype = op.dtype(one)
    ones = [op.Expand(op.constant(np.ones((), np.float32)), op.int64(item)) for item in (one, other)]
    return op.cast(op.Shape(op.Add(*ones)), dtype)


@tflite_op("PAD")
def pad(op: TFLiteBuilder, x: ir.Value, paddings: ir.Value) -> ir.Value:
    """Zeros around; ``paddings`` is ``[rank, 2]``, begin and end of each dimension."""
    return _pad(op, x, paddings, None)


@tflite_op("PADV2")
def pad_v2(op: TFLiteBuilder, x: ir.Value, paddings: ir.Value, fill: ir.Value) -> ir.Value:
    """A constant around."""
    return _pad(op, x, paddings, fill)


@tflite_op("MIRROR_PAD")
def mirror_pad(op: TFLiteBuilder, x: ir.Value, paddings: ir.Value, *, mode: str = "REFLECT") -> ir.Value:
    """The tensor mirrored around, its edges repeated for ``SYMMETRIC``."""
    if mode == "REFLECT":
        return op.pad(x, amounts(op, paddings), mode="reflect")
    begins, ends = np.asarray(op.need_constant(paddings, "the padding"), np.int64).T
    for axis, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        parts = [x]
        if begin:
            parts.insert(0, op.slice(x, [begin - 1], [None], [axis], [-1]))
        if end:
            parts.append(op.slice(x, [-1], [-end - 1], [axis], [-1]))
        x = op.concat(parts, axis)
    return x


def amounts(op: TFLiteBuilder, paddings: ir.Value) -> ir.Value:
    """``[rank, 2]`` as ONNX has it: all begins, then all ends."""
    known = op.constant_value(paddings)
    if known is not None:
        return op.ints(np.asarray(known, np.int64).T.reshape(-1).tolist())
    return op.reshape(op.transpose(op.int64(paddings), [1, 0]), [-1])


def _pad(op: TFLiteBuilder, x: ir.Value, paddings: ir.Value, fill: ir.Value | None) -> ir.Value:
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Pad", dtype)
    value = None if fill is None else op.reshape(op.cast(fill, kernel), [])
    return op.cast(op.pad(op.cast(x, kernel), amounts(op, paddings), value=value), dtype)
