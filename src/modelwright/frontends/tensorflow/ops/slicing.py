"""Cutting and reversing along axes, except ``StridedSlice``."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import constant_ints, int64
from modelwright.hub.kernels import where


@tf_op("Slice")
def slice_(op: TensorFlowBuilder, x: ir.Value, begin: ir.Value, size: ir.Value) -> ir.Value:
    """``x[begin : begin + size]`` on every axis; a size of -1 goes to the end."""
    starts, sizes = constant_ints(op, begin), constant_ints(op, size)
    if starts is not None and sizes is not None:
        ends = [None if length == -1 else start + length for start, length in zip(starts, sizes, strict=True)]
        return op.slice(x, starts, ends, axes=list(range(len(starts))))
    starts_value, sizes_value = int64(op, begin), int64(op, size)
    ends_value = op.Add(starts_value, sizes_value)
    if sizes is None:
        whole = op.Equal(sizes_value, op.ints(-1))
        ends_value = where(op, whole, op.ints(2**63 - 1), ends_value)
    elif -1 in sizes:
        marks = op.ints([2**62 if length == -1 else length for length in sizes])
        ends_value = op.Add(starts_value, marks)
    return op.Slice(x, starts_value, ends_value)


@tf_op("Split")
def split(op: TensorFlowBuilder, axis: ir.Value, x: ir.Value, *, num_split: int) -> tuple[ir.Value, ...]:
    """Equal parts."""
    place = int(op.need_constant(axis, "the axis").reshape(-1)[0])
    if num_split == 1:
        return (op.Identity(x),)
    known = op.shape(x)
    length = known[place] if known is not None else None
    if isinstance(length, int):
        return op.split(x, [length // num_split] * num_split, place)
    attributes = {"axis": place, "num_outputs": num_split} if op.opset >= 18 else {"axis": place}
    parts: tuple[ir.Value, ...] = op.emit("Split", [x], attributes, outputs=num_split)  # pyright: ignore[reportAssignmentType]
    return parts


@tf_op("SplitV")
def split_v(
    op: TensorFlowBuilder, x: ir.Value, sizes: ir.Value, axis: ir.Value, *, num_split: int
) -> tuple[ir.Value, ...]:
    """Parts of the sizes given, one of which may be -1 for the rest."""
    place = int(op.need_constant(axis, "the axis").reshape(-1)[0])
    if num_split == 1:
        return (op.Identity(x),)
    numbers = constant_ints(op, sizes)
    lengths = int64(op, sizes) if numbers is None else _completed(op, x, numbers, place)
    parts: tuple[ir.Value, ...] = op.emit(  # pyright: ignore[reportAssignmentType]
        "Split", [x, lengths], {"axis": place}, outputs=num_split
    )
    return parts


def _completed(op: TensorFlowBuilder, x: ir.Value, sizes: list[int], axis: int) -> ir.Value:
    """The sizes with -1 replaced by what the others leave of the axis."""
    if -1 not in sizes:
        return op.ints(sizes)
    others = sum(size for size in sizes if size != -1)
    place = sizes.index(-1)
    known = op.shape(x)
    length = known[axis] if known is not None else None
    if isinstance(length, int):
        return op.ints([*sizes[:place], length - others, *sizes[place + 1 :]])
    rest = op.Sub(op.dim_of(x, axis), op.ints(others))
    before = [op.ints(sizes[:place])] if place else []
    after = [op.ints(sizes[place + 1 :])] if place + 1 < len(sizes) else []
    return op.concat([*before, rest, *after], 0)


@tf_op("ReverseV2")
def reverse_v2(op: TensorFlowBuilder, x: ir.Value, axes: ir.Value) -> ir.Value:
    """Elements in reverse order along the axes given."""
    numbers = constant_ints(op, axes)
    places = numbers if numbers is not None else [int(i) for i in op.need_constant(axes, "the axes").reshape(-1)]
    return _reversed(op, x, places)


@tf_op("Reverse")
def reverse(op: TensorFlowBuilder, x: ir.Value, dims: ir.Value) -> ir.Value:
    """The older form: one boolean an axis."""
    flags = op.need_constant(dims, "the axes to reverse").reshape(-1)
    return _reversed(op, x, [axis for axis, flag in enumerate(flags.tolist()) if flag])


def _reversed(op: TensorFlowBuilder, x: ir.Value, axes: list[int]) -> ir.Value:
    if not axes:
        return op.Identity(x)
    return op.slice(x, [-1] * len(axes), [None] * len(axes), axes=axes, steps=[-1] * len(axes))


@tf_op("ReverseSequence")
def reverse_sequence(
    op: TensorFlowBuilder, x: ir.Value, lengths: ir.Value, *, seq_dim: int, batch_dim: int = 0
) -> ir.Value:
    """The first ``lengths[b]`` elements of ``seq_dim`` reversed for each b of ``batch_dim``; ONNX does axes 0 and 1."""
    if {seq_dim, batch_dim} == {0, 1}:
        return op.ReverseSequence(x, int64(op, lengths), time_axis=seq_dim, batch_axis=batch_dim)
    rank = op.need_rank(x)
    first = [batch_dim % rank, seq_dim % rank]
    order = [*first, *(axis for axis in range(rank) if axis not in first)]
    turned: ir.Value = op.ReverseSequence(op.transpose(x, order), int64(op, lengths), time_axis=1, batch_axis=0)
    return op.transpose(turned, [order.index(axis) for axis in range(rank)])


@tf_op("Roll")
def roll(op: TensorFlowBuilder, x: ir.Value, shift: ir.Value, axis: ir.Value) -> ir.Value:
    """Elements moved by ``shift`` along ``axis``; those moved past the end come back at the start."""
    axes = [int(i) for i in op.need_constant(axis, "the axis").reshape(-1)]
    shifts = constant_ints(op, shift)
    for place, number in enumerate(axes):
        if shifts is not None:
            if shifts[place] == 0:
                continue
            x = _rolled(op, x, op.ints(-shifts[place]), number)
        else:
            amount = op.gather(op.reshape(int64(op, shift), [-1]), [place])
            x = _rolled(op, x, op.Neg(amount), number)
    return x if x.producer() is not None else op.Identity(x)


def _rolled(op: TensorFlowBuilder, x: ir.Value, cut: ir.Value, axis: int) -> ir.Value:
    """What comes after ``cut`` (modulo the length), then what comes before."""
    place = op.Mod(cut, op.Max(op.dim_of(x, axis), op.ints(1)))
    axes = op.ints(axis)
    return op.concat([op.Slice(x, place, op.ints(2**63 - 1), axes), op.Slice(x, op.ints(0), place, axes)], axis)
