"""Primitives that change shapes, and join, cut and fill."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder, told_sizes
from modelwright.frontends.mindspore.operators import mindspore_op


@mindspore_op("Reshape")
def reshape(op: MindBuilder, x: Argument, shape: Argument) -> ir.Value:
    """Another shape."""
    return op.reshape(op.tensor(x), op.vector(shape) if shape != () else [])


@mindspore_op("Transpose")
def transpose(op: MindBuilder, x: ir.Value, perm: Argument) -> ir.Value:
    """Another order of the axes."""
    order = op.need_ints(perm, "the order of the axes")
    return op.transpose(x, [op.axis(axis, len(order)) for axis in order])


@mindspore_op("ExpandDims")
def expand_dims(op: MindBuilder, x: Argument, axis: Argument) -> ir.Value:
    """With an axis of size 1."""
    value, along = op.tensor(x), op.integers(axis)
    if along is None:
        return op.Unsqueeze(value, op.vector(axis))
    return op.unsqueeze(value, along)


@mindspore_op("Squeeze")
def squeeze(op: MindBuilder, x: ir.Value, axis: Argument = ()) -> ir.Value:
    """Without axes of size 1."""
    along = op.integers(axis)
    if along is None:
        return op.Squeeze(x, op.vector(axis))
    return op.squeeze(x, along or None)


@mindspore_op("Flatten")
def flatten(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Two dimensions, the first one as it was."""
    return op.Flatten(x, axis=1)


@mindspore_op("BroadcastTo")
def broadcast_to(op: MindBuilder, x: Argument, shape: Argument) -> ir.Value:
    """Repeated where sizes are 1."""
    sizes = op.integers(shape)
    return op.Expand(op.tensor(x), op.vector(shape) if sizes is None else op.ints(told_sizes(sizes)))


@mindspore_op("Tile")
def tile(op: MindBuilder, x: ir.Value, multiples: Argument) -> ir.Value:
    """Repeated along each axis; further axes come in front."""
    times, rank = op.integers(multiples), op.need_rank(x)
    if times is None:
        return op.Tile(x, op.vector(multiples))
    if len(times) > rank:
        x = op.unsqueeze(x, list(range(len(times) - rank)))
    return op.Tile(x, op.ints([1] * max(rank - len(times), 0) + times))


@mindspore_op("Concat")
def concat(op: MindBuilder, items: Argument, axis: Argument = 0) -> ir.Value:
    """One after the other."""
    return op.concat(op.members(items), op.need_int(axis, "the axis"))


@mindspore_op("Stack", ignores=("N", "num"))
def stack(op: MindBuilder, items: Argument, *, axis: int = 0) -> ir.Value:
    """One after the other along a new axis."""
    return op.concat([op.unsqueeze(item, [axis]) for item in op.members(items)], axis)


@mindspore_op("Split")
def split(op: MindBuilder, x: ir.Value, axis: Argument = 0, output_num: Argument = 1) -> Argument:
    """Equal pieces along an axis."""
    along, count = op.need_int(axis, "the axis"), op.need_int(output_num, "the number of pieces")
    shape = op.shape(x)
    size = None if shape is None else shape[op.axis(along, len(shape))]
    if not isinstance(size, int) or count < 1 or size % count:
        raise op.fail(f"{count} equal pieces of a dimension of size {size}")
    return list(op.split(x, [size // count] * count, along))


@mindspore_op("Slice")
def slice_(op: MindBuilder, x: ir.Value, begin: Argument, size: Argument) -> ir.Value:
    """A piece of the sizes given; -1 goes to the end."""
    first, sizes = op.need_ints(begin, "where it begins"), op.need_ints(size, "its sizes")
    ends = [None if length == -1 else start + length for start, length in zip(first, sizes, strict=True)]
    return op.slice(x, first, ends, list(range(len(first))))


@mindspore_op("ReverseV2")
def reverse(op: MindBuilder, x: ir.Value, axis: Argument) -> ir.Value:
    """Backwards along axes."""
    along = op.need_ints(axis, "the axes")
    count = len(along)
    return op.slice(x, [-1] * count, [None] * count, along, [-1] * count) if along else x


@mindspore_op("DepthToSpace", "SpaceToDepth", ignores=("data_format",))
def blocks(op: MindBuilder, x: ir.Value, *, block_size: int, format: str = "NCHW") -> ir.Value:  # noqa: A002
    """Channels become blocks of pixels, or back."""
    if format != "NCHW":
        raise op.fail(f"format {format}")
    return op.emit(op.op_type, [x], {"blocksize": block_size})  # pyright: ignore[reportReturnType]


@mindspore_op("PadV3")
def pad(
    op: MindBuilder,
    x: ir.Value,
    paddings: Argument,
    value: Argument = None,
    *,
    mode: str = "constant",
    paddings_contiguous: bool = True,
) -> ir.Value:
    """Borders; pairs of sizes, the last axis first."""
    if mode not in ("constant", "reflect", "edge") or not paddings_contiguous:
        raise op.fail(f"mode {mode}, paddings_contiguous {paddings_contiguous}")
    sides, rank = op.need_ints(paddings, "the borders"), op.need_rank(x)
    if len(sides) % 2 or len(sides) > 2 * rank:
        raise op.fail(f"{len(sides)} borders for {rank} dimensions")
    sides += [0] * (2 * rank - len(sides))
    pairs = list(zip(sides[::2], sides[1::2], strict=True))[::-1]
    fill = None if value is None or mode != "constant" else op.cast(op.tensor(value, x), op.dtype(x))
    fill = None if fill is None else op.reshape(fill, [])
    return op.pad(x, [low for low, _ in pairs] + [high for _, high in pairs], mode=mode, value=fill)


@mindspore_op("Triu", "Tril")
def triangle(op: MindBuilder, x: ir.Value, diagonal: Argument = 0) -> ir.Value:
    """A triangle of each matrix."""
    number = op.constant(np.array(op.need_int(diagonal, "the diagonal"), np.int64))
    return op.Trilu(x, number, upper=int(op.op_type == "Triu"))


@mindspore_op("Range")
def range_(op: MindBuilder, start: Argument, limit: Argument, delta: Argument, maxlen: Argument = None) -> ir.Value:
    """Numbers in steps."""
    del maxlen
    first = op.tensor(start)
    numbers = [first, *(op.cast(op.tensor(item, first), op.dtype(first)) for item in (limit, delta))]
    return op.Range(*(op.reshape(item, []) for item in numbers))
