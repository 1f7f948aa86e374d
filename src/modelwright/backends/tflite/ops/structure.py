"""Operators that give tensors another shape or order."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import BOOL, FLOAT, INT32, INT64, LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.hub.dtypes import FLOATS


@lite_op("Reshape")
def reshape(op: LiteBuilder, x: ir.Value, shape: ir.Value, *, allowzero: int = 0) -> ir.Value:
    """Another shape; 0 copies a dimension unless ``allowzero``."""
    known = op.result_shape()
    if known is not None and sum(not isinstance(dim, int) for dim in known) <= 1:
        return op.to_shape(x, known)
    target = op.int32(shape)
    contents = op.shapes.contents(shape)
    entries = [None] if contents is None else contents.reshape(-1).tolist()
    if not allowzero and any(entry is None or entry == 0 for entry in entries):
        target = _copied_zeros(op, x, target)
    return op.RESHAPE(x, target, shape=known)


def _copied_zeros(op: LiteBuilder, x: ir.Value, target: ir.Value) -> ir.Value:
    """The target with 0 replaced by the dimension at the same place."""
    width = op.need_shape(target)[0]
    rank = op.need_rank(x)
    sizes = op.sizes(x)
    sizes = op.pick(sizes, 0, width) if width < rank else op.join([sizes, op.i32([1] * (width - rank))])
    return op.SELECT_V2(op.EQUAL(target, op.i32_scalar(0)), sizes, target)


@lite_op("Flatten")
def flatten(op: LiteBuilder, x: ir.Value, *, axis: int = 1) -> ir.Value:
    """A matrix of the dimensions before and from ``axis``."""
    shape, rank = op.shape(x) or (), op.need_rank(x)
    place = axis if axis >= 0 else axis + rank
    sides = [_product(shape[:place]), _product(shape[place:])]
    if sides.count(None) <= 1:
        return op.to_shape(x, sides)
    sizes = op.sizes(x)
    first = op.REDUCE_PROD(op.pick(sizes, 0, place), op.i32(0), keep_dims=1)
    return op.RESHAPE(x, op.join([first, op.i32(-1)]), shape=(None, None))


def _product(dims: tuple[int | str | None, ...]) -> int | None:
    known = [dim for dim in dims if isinstance(dim, int)]
    return int(np.prod(known, dtype=np.int64)) if len(known) == len(dims) else None


@lite_op("Squeeze")
def squeeze(op: LiteBuilder, x: ir.Value, axes: ir.Value | None = None) -> ir.Value:
    """Without dimensions of size 1."""
    known, rank = op.result_shape(), op.need_rank(x)
    if known is not None and sum(not isinstance(dim, int) for dim in known) <= 1:
        return op.to_shape(x, known)
    gone = [] if axes is None else [int(axis) % rank for axis in op.need_constant(axes, "the axes")]
    return op.SQUEEZE(x, squeeze_dims=gone, shape=known)


@lite_op("Unsqueeze")
def unsqueeze(op: LiteBuilder, x: ir.Value, axes: ir.Value) -> ir.Value:
    """With dimensions of size 1 put in."""
    places = op.need_constant(axes, "the axes").reshape(-1)
    rank = op.need_rank(x) + len(places)
    known = op.result_shape()
    if known is not None and sum(not isinstance(dim, int) for dim in known) <= 1:
        return op.to_shape(x, known)
    for place in sorted(int(axis) % rank for axis in places):
        x = op.EXPAND_DIMS(x, op.i32_scalar(place))
    return x


@lite_op("Transpose")
def transpose(op: LiteBuilder, x: ir.Value, *, perm: list[int] | None = None) -> ir.Value:
    """Another order of the dimensions."""
    rank = op.need_rank(x)
    order = list(range(rank))[::-1] if perm is None else list(perm)
    shape = op.shape(x)
    if shape is not None and [axis for axis in order if shape[axis] != 1] == [a for a in range(rank) if shape[a] != 1]:
        dims = [shape[axis] for axis in order]
        if sum(not isinstance(dim, int) for dim in dims) <= 1:
            return op.to_shape(x, dims)
    return op.moved(x, order)


@lite_op("Expand")
def expand(op: LiteBuilder, x: ir.Value, shape: ir.Value) -> ir.Value:
    """Spread to a shape, as operands of arithmetic are."""
    known = op.result_shape()
    if known is not None and all(isinstance(dim, int) for dim in known):
        return x if known == op.shape(x) else op.BROADCAST_TO(x, op.i32(_ints(known)), shape=known)
    target = op.BROADCAST_ARGS(
        op.sizes(x), op.int32(shape), dtype=INT32, shape=None if known is None else (len(known),)
    )
    return op.BROADCAST_TO(x, target, shape=known)


def _ints(dims: tuple[int | str | None, ...]) -> list[int]:
    return [dim for dim in dims if isinstance(dim, int)]


@lite_op("Tile")
def tile(op: LiteBuilder, x: ir.Value, repeats: ir.Value) -> ir.Value:
    """Repeated along each dimension."""
    return op.TILE(x, op.int32(repeats), shape=op.result_shape())


@lite_op("Concat")
def concat(op: LiteBuilder, *values: ir.Value, axis: int) -> ir.Value:
    """Joined along ``axis``."""
    if len(values) == 1:
        return values[0]
    return op.CONCATENATION(*values, axis=axis if axis >= 0 else axis + op.need_rank(values[0]))


@lite_op("Split", ignores=("num_outputs",))
def split(op: LiteBuilder, x: ir.Value, sizes: ir.Value | None = None, *, axis: int = 0) -> tuple[ir.Value, ...]:
    """Cut along ``axis``."""
    rank, count = op.need_rank(x), len(op.node.outputs)
    place = axis % rank
    shapes = [op.result_shape(number) for number in range(count)]
    known = [None if shape is None else shape[place] for shape in shapes]
    if count == 1:
        return (x,)
    if sizes is not None and op.constant_value(sizes) is None:
        lengths = op.int32(sizes)
    elif all(isinstance(size, int) for size in known):
        lengths = op.i32([size for size in known if isinstance(size, int)])
    elif sizes is None:
        raise op.fail("the length that is split evenly is not known", hint="give the inputs fixed shapes")
    else:
        lengths = op.int32(sizes)
    parts = op.SPLIT_V(x, lengths, op.i32_scalar(place), num_splits=count, outputs=count, shape=shapes)
    return tuple(parts)


@lite_op("DepthToSpace")
def depth_to_space(op: LiteBuilder, x: ir.Value, *, blocksize: int, mode: str = "DCR") -> ir.Value:
    """Channels spread over blocks, where they come first in the channel's number (DCR) or last (CRD)."""
    batch, channels, height, width = op.shape(x) or (None,) * 4
    if not isinstance(channels, int):
        raise op.fail("the number of channels is not known")
    depth, b = channels // (blocksize * blocksize), blocksize
    split_up = (batch, b, b, depth, height, width) if mode == "DCR" else (batch, depth, b, b, height, width)
    order = (0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3)
    rows = height * b if isinstance(height, int) else None
    columns = width * b if isinstance(width, int) else None
    return op.to_shape(op.moved(op.to_shape(x, split_up), order), (batch, depth, rows, columns))


@lite_op("Shape")
def shape_(op: LiteBuilder, x: ir.Value, *, start: int = 0, end: int | None = None) -> ir.Value:
    """The dimensions, or some of them, as int64."""
    rank = op.need_rank(x)
    places = range(rank)[start:end]
    whole = op.SHAPE(x, out_type="int64")
    return whole if len(places) == rank else op.pick(whole, places.start, places.stop)


@lite_op("Size")
def size(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The number of elements."""
    return op.REDUCE_PROD(op.SHAPE(x, out_type="int64"), op.i32(0), keep_dims=0)


@lite_op("ConstantOfShape")
def constant_of_shape(op: LiteBuilder, shape: ir.Value, *, value: ir.TensorProtocol | None = None) -> ir.Value:
    """One number in a shape."""
    number = np.zeros((), np.float32) if value is None else value.numpy().reshape(())
    known = op.result_shape()
    return op.FILL(op.int32(shape), op.constant(number), shape=known)


@lite_op("Constant")
def constant(
    op: LiteBuilder,
    *,
    value: ir.TensorProtocol | None = None,
    value_float: float | None = None,
    value_floats: list[float] | None = None,
    value_int: int | None = None,
    value_ints: list[int] | None = None,
) -> ir.Value:
    """A constant."""
    if value is not None:
        return op.initializer(value, name=op.node.outputs[0].name or "const")
    if value_float is not None or value_floats is not None:
        return op.constant(np.asarray(value_float if value_floats is None else value_floats, np.float32))
    return op.constant(np.asarray(value_int if value_ints is None else value_ints, np.int64))


@lite_op("Range", ignores=("stash_type",))
def range_(op: LiteBuilder, start: ir.Value, limit: ir.Value, delta: ir.Value) -> ir.Value:
    """Numbers from ``start`` up to ``limit``."""
    scalars = [op.to_shape(value, ()) for value in (start, limit, delta)]
    dtype = op.dtype(start)
    if dtype in (FLOAT, INT32, INT64):
        return op.RANGE(*scalars, shape=op.result_shape())
    wide = FLOAT if dtype in FLOATS else INT32
    return op.cast(op.RANGE(*(op.cast(value, wide) for value in scalars), shape=op.result_shape()), dtype)


@lite_op("EyeLike")
def eye_like(op: LiteBuilder, x: ir.Value, *, dtype: int | None = None, k: int = 0) -> ir.Value:
    """Ones on a diagonal, in the shape of another tensor."""
    rows, columns = op.need_shape(x)
    kind = op.dtype(x) if dtype is None else ir.DataType(dtype)
    return op.constant(np.eye(rows, columns, k, dtype=kind.numpy()))


@lite_op("Trilu")
def trilu(op: LiteBuilder, x: ir.Value, k: ir.Value | None = None, *, upper: int = 1) -> ir.Value:
    """The triangle above or below a diagonal, zeros elsewhere."""
    rows, columns = op.need_shape(x, [-2, -1])[-2:]
    distance = op.constant(np.arange(columns, dtype=np.int64)[None, :] - np.arange(rows, dtype=np.int64)[:, None])
    diagonal = op.constant(np.asarray(0, np.int64)) if k is None else op.to_shape(k, ())
    kept = op.GREATER_EQUAL(distance, diagonal) if upper else op.LESS_EQUAL(distance, diagonal)
    zero = np.zeros((), op.dtype(x).numpy())
    return op.SELECT_V2(kept, x, op.constant(zero))


@lite_op("ReverseSequence")
def reverse_sequence(
    op: LiteBuilder, x: ir.Value, lengths: ir.Value, *, batch_axis: int = 1, time_axis: int = 0
) -> ir.Value:
    """The first entries of each sequence backwards."""
    return op.REVERSE_SEQUENCE(x, op.int32(lengths), seq_dim=time_axis, batch_dim=batch_axis)


@lite_op("CumSum")
def cumulative_sum(op: LiteBuilder, x: ir.Value, axis: ir.Value, *, exclusive: int = 0, reverse: int = 0) -> ir.Value:
    """Sums of all entries up to each."""
    return op.CUMSUM(x, op.to_shape(op.int32(axis), ()), exclusive=exclusive, reverse=reverse)


@lite_op("NonZero")
def nonzero(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The indices of what is not 0, a column each."""
    x = x if op.dtype(x) is BOOL else op.NOT_EQUAL(x, op.scalar(0, x))
    rank = op.need_rank(x)
    return op.moved(op.WHERE(op.to_shape(x, (1,)) if rank == 0 else x), (1, 0))
