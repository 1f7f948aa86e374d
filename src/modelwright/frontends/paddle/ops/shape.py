"""Shapes and joining."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op


@paddle_op(
    "assign",
    "share_data",
    "share_data_",
    "memcpy_h2d",
    "memcpy_d2h",
    "npu_identity",
    "memcpy",
    "print",
    "assign_out",
    "full_",
    "depend",
    "clone",
    "detach",
    ignores=(
        "dst_place_type",
        "format",
        "first_n",
        "message",
        "summarize",
        "print_tensor_name",
        "print_tensor_type",
        "print_tensor_shape",
        "print_tensor_layout",
        "print_tensor_lod",
        "print_phase",
        "is_forward",
    ),
)
def assign(op: PaddleBuilder, x: ir.Value, _other: ir.Value | list[ir.Value] | None = None) -> ir.Value:
    """The tensor itself."""
    del op
    return x


@paddle_op("shape")
def shape(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """The shape, of int32 unless the program says otherwise."""
    return op.cast(op.shape_of(x), op.output_dtype() or ir.DataType.INT32)


@paddle_op("shape64")
def shape64(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """The shape, of int64."""
    return op.shape_of(x)


@paddle_op("numel")
def numel(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """The number of elements."""
    return op.Size(x)


@paddle_op("reshape", "legacy_reshape", "view_shape")
def reshape(
    op: PaddleBuilder, x: ir.Value, target: ir.Value | list[ir.Value] | None = None, *, shape: list[int] | None = None
) -> ir.Value:
    """Another shape of the same elements; 0 copies a size, -1 is computed."""
    if target is None:
        target = op.ints(list(shape or []))
    vector = op.joined(target) if isinstance(target, list) else op.vector(target)
    return op.reshape(x, vector)


@paddle_op("transpose")
def transpose(op: PaddleBuilder, x: ir.Value, *, perm: list[int]) -> ir.Value:
    """Permutes dimensions."""
    rank = len(perm)
    return op.transpose(x, [op.axis(axis, rank) for axis in perm])


@paddle_op("squeeze")
def squeeze(op: PaddleBuilder, x: ir.Value, dims: ir.Value | None = None, *, axis: list[int] | None = None) -> ir.Value:
    """Drops dimensions of size 1; those named that are larger stay."""
    sizes = op.sizes(x)
    named = op.axes(axis if dims is None else dims, len(sizes), "the axes")
    if not named:
        named = [index for index, size in enumerate(sizes) if size == 1]
    return op.squeeze(x, [index for index in named if sizes[index] in (1, None)])


@paddle_op("unsqueeze")
def unsqueeze(
    op: PaddleBuilder, x: ir.Value, dims: ir.Value | list[ir.Value] | None = None, *, axis: list[int] | None = None
) -> ir.Value:
    """Puts dimensions of size 1 in, one after the other."""
    vector = op.joined(dims) if isinstance(dims, list) else dims
    places = list(axis or []) if vector is None else op.need_ints(vector, "the axes")
    rank = op.need_rank(x)
    order: list[int] = list(range(rank))
    for place in places:
        order.insert(op.axis(place, len(order) + 1), -1)
    return op.unsqueeze(x, [index for index, source in enumerate(order) if source < 0])


@paddle_op("flatten")
def flatten(op: PaddleBuilder, x: ir.Value, *, start_axis: int = 1, stop_axis: int = 1) -> ir.Value:
    """Joins the dimensions from ``start_axis`` to ``stop_axis`` to one."""
    rank = op.need_rank(x)
    if rank == 0:
        return op.reshape(x, [1])
    start, stop = op.axis(start_axis, rank), op.axis(stop_axis, rank)
    tail = op.sizes(x)[stop + 1 :]
    known = [size for size in tail if size is not None]
    if len(known) == len(tail):
        return op.reshape(x, [0] * start + [-1, *known])
    parts = [op.ints([0] * start + [-1]), op.slice(op.shape_of(x), [stop + 1], [None])]
    return op.reshape(x, op.concat(parts, 0))


@paddle_op("flatten_from")
def flatten_from(op: PaddleBuilder, x: ir.Value, *, axis: int = 1) -> ir.Value:
    """A matrix: dimensions before ``axis`` and from it on."""
    return op.Flatten(x, axis=axis)


def same_dtype(op: PaddleBuilder, values: Sequence[ir.Value]) -> list[ir.Value]:
    """The values in the widest of their element types."""
    found = list(values)
    for _ in range(2):
        for index in range(1, len(found)):
            found[index - 1], found[index] = op.aligned(found[index - 1], found[index])
    return found


@paddle_op("concat")
def concat(
    op: PaddleBuilder, values: list[ir.Value] | ir.Value, axis_value: ir.Value | None = None, *, axis: int = 0
) -> ir.Value:
    """Joins along a dimension."""
    items = values if isinstance(values, list) else [values]
    place = axis if axis_value is None else op.need_int(axis_value, "the axis")
    return op.concat(same_dtype(op, items), place) if len(items) > 1 else op.Identity(items[0])


@paddle_op("stack")
def stack(op: PaddleBuilder, values: list[ir.Value] | ir.Value, *, axis: int = 0) -> ir.Value:
    """Joins along a new dimension."""
    items = values if isinstance(values, list) else [values]
    place = op.axis(axis, op.need_rank(items[0]) + 1)
    return op.concat([op.unsqueeze(item, [place]) for item in same_dtype(op, items)], place)


def expanded(op: PaddleBuilder, x: ir.Value, target: ir.Value) -> ir.Value:
    """``x`` repeated to a shape; -1 keeps a size."""
    known = op.constant_value(target)
    if known is not None:
        return op.Expand(x, op.ints([1 if size == -1 else int(size) for size in known.reshape(-1)]))
    vector = op.vector(target)
    return op.Expand(x, op.Where(op.Less(vector, op.ints(0)), op.ints(1), vector))


@paddle_op("expand")
def expand(
    op: PaddleBuilder, x: ir.Value, target: ir.Value | list[ir.Value] | None = None, *, shape: list[int] | None = None
) -> ir.Value:
    """Repeats to a shape; -1 keeps a size."""
    if target is None:
        target = op.ints(list(shape or []))
    return expanded(op, x, op.joined(target) if isinstance(target, list) else target)


@paddle_op("expand_as")
def expand_as(
    op: PaddleBuilder, x: ir.Value, y: ir.Value | None = None, *, target_shape: list[int] | None = None
) -> ir.Value:
    """Repeats to the shape of another tensor."""
    return expanded(op, x, op.ints(list(target_shape or [])) if y is None else op.shape_of(y))


@paddle_op("broadcast_tensors")
def broadcast_tensors(op: PaddleBuilder, values: list[ir.Value]) -> list[ir.Value]:
    """All repeated to their common shape."""
    zeros = [op.Expand(op.constant(np.asarray(0, np.int32)), op.shape_of(item)) for item in values]
    total = zeros[0]
    for item in zeros[1:]:
        total = op.Add(total, item)
    target = op.shape_of(total)
    return [op.Expand(item, target) for item in values]


@paddle_op("tile")
def tile(
    op: PaddleBuilder,
    x: ir.Value,
    times: ir.Value | list[ir.Value] | None = None,
    *,
    repeat_times: list[int] | None = None,
) -> ir.Value:
    """Repeats along dimensions; counts are lined up with them at the end."""
    if times is None:
        times = op.ints(list(repeat_times or []))
    vector = op.joined(times) if isinstance(times, list) else op.vector(times)
    count = op.need_size(vector, 0, "the number of counts")
    rank = op.need_rank(x)
    if count > rank:
        x = op.unsqueeze(x, list(range(count - rank)))
    elif count < rank:
        vector = op.concat([op.ints([1] * (rank - count)), vector], 0)
    return op.Tile(x, vector)


@paddle_op("expand_times")
def expand_times(op: PaddleBuilder, x: ir.Value, times: ir.Value) -> ir.Value:
    """Repeats along each dimension, as the first ``expand`` of Paddle did."""
    return op.Tile(x, op.vector(times))


@paddle_op("meshgrid")
def meshgrid(op: PaddleBuilder, values: list[ir.Value]) -> list[ir.Value]:
    """Each vector repeated along the dimensions of the others."""
    vectors = [op.reshape(item, [-1]) for item in values]
    target = op.concat([op.dim_of(item, 0) for item in vectors], 0)
    count = len(vectors)
    return [
        op.Expand(op.reshape(item, [1] * index + [-1] + [1] * (count - index - 1)), target)
        for index, item in enumerate(vectors)
    ]


@paddle_op("cast")
def cast(op: PaddleBuilder, x: ir.Value, *, dtype: ir.DataType | None = None) -> ir.Value:
    """Another element type; floats become integers towards zero."""
    wanted = dtype or op.output_dtype()
    if wanted is None:
        raise op.fail("does not say the element type")
    return op.cast(x, wanted)


@paddle_op("assert")
def assert_(op: PaddleBuilder) -> tuple[ir.Value, ...]:
    """Checks something while Paddle runs; nothing remains of it."""
    del op
    return ()
