"""Cutting, picking and writing parts of tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op

_LAST = 2**63 - 1


@tflite_op("SLICE")
def slice_(op: TFLiteBuilder, x: ir.Value, begin: ir.Value, size: ir.Value) -> ir.Value:
    """``size`` elements from ``begin`` along each dimension; -1 takes the rest."""
    starts, counts = op.constant_value(begin), op.constant_value(size)
    if starts is not None and counts is not None:
        firsts, lengths = starts.reshape(-1).tolist(), counts.reshape(-1).tolist()
        ends = [None if count < 0 else first + count for first, count in zip(firsts, lengths, strict=True)]
        return op.slice(x, firsts, ends, list(range(len(firsts))))
    low, count = op.int64(begin), op.int64(size)
    rest = op.Less(count, op.ints(0))
    high = op.Where(rest, op.constant(np.asarray([_LAST], np.int64)), op.Add(low, count))
    return op.Slice(x, low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """One dimension cut by a strided slice: its place in the index, its axis, whether it is dropped, open ends."""

    place: int
    axis: int
    single: bool
    from_start: bool
    to_end: bool


@tflite_op("STRIDED_SLICE")
def strided_slice(
    op: TFLiteBuilder,
    x: ir.Value,
    begin: ir.Value,
    end: ir.Value,
    strides: ir.Value,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    offset: bool = False,
) -> ir.Value:
    """``x[begin:end:strides]``; bit i of a mask is about entry i, ``offset`` counts ``end`` from ``begin``."""
    if offset:
        end = op.Add(op.int64(begin), op.int64(end))
    steps = op.need_ints(strides, "the strides")
    cuts: list[_Cut] = []
    new_axes: list[int] = []
    axis = result_axis = 0
    for place in range(len(steps)):
        if ellipsis_mask >> place & 1:
            left = sum(not new_axis_mask >> later & 1 for later in range(place + 1, len(steps)))
            skipped = op.need_rank(x) - axis - left
            axis, result_axis = axis + skipped, result_axis + skipped
        elif new_axis_mask >> place & 1:
            new_axes.append(result_axis)
            result_axis += 1
        else:
            single = bool(shrink_axis_mask >> place & 1)
            opens = [bool(mask >> place & 1) and not single for mask in (begin_mask, end_mask)]
            cuts.append(_Cut(place=place, axis=axis, single=single, from_start=opens[0], to_end=opens[1]))
            axis += 1
            result_axis += not single
    result = _cut(op, x, cuts, begin, end, steps)
    dropped = [cut.axis for cut in cuts if cut.single]
    return op.unsqueeze(op.squeeze(result, dropped), new_axes)


def _cut(
    op: TFLiteBuilder, x: ir.Value, cuts: list[_Cut], begin: ir.Value, end: ir.Value, steps: list[int]
) -> ir.Value:
    cutting = [cut for cut in cuts if not (cut.from_start and cut.to_end and steps[cut.place] == 1)]
    if not cutting:
        return x
    begins: list[ir.Value] = []
    ends: list[ir.Value] = []
    for cut in cutting:
        step = 1 if cut.single else steps[cut.place]
        start = op.ints(0 if step > 0 else _LAST) if cut.from_start else _entry(op, begin, cut.place)
        begins.append(start)
        if cut.single:
            ends.append(_after(op, start))
        else:
            ends.append(op.ints(_LAST if step > 0 else -_LAST) if cut.to_end else _entry(op, end, cut.place))
    counts = op.ints([1 if cut.single else steps[cut.place] for cut in cutting])
    low, high = (_joined(op, bounds) for bounds in (begins, ends))
    return op.Slice(x, low, high, op.ints([cut.axis for cut in cutting]), counts)


def _joined(op: TFLiteBuilder, parts: list[ir.Value]) -> ir.Value:
    known = [op.constant_value(part) for part in parts]
    constants = [array for array in known if array is not None]
    if len(constants) == len(parts):
        return op.ints([int(array.reshape(-1)[0]) for array in constants])
    return op.concat(parts, 0)


def _entry(op: TFLiteBuilder, numbers: ir.Value, place: int) -> ir.Value:
    known = op.constant_value(numbers)
    if known is not None:
        return op.ints(int(known.reshape(-1)[place]))
    return op.gather(op.int64(numbers), [place])


def _after(op: TFLiteBuilder, start: ir.Value) -> ir.Value:
    """The position after a single index: one more, and the end of the axis after -1."""
    known = op.constant_value(start)
    if known is not None:
        index = int(known.reshape(-1)[0])
        return op.ints(index + 1 if index != -1 else _LAST)
    return op.Where(op.Equal(start, op.ints(-1)), op.ints(_LAST), op.Add(start, op.ints(1)))


@tflite_op("GATHER")
def gather(op: TFLiteBuilder, x: ir.Value, indices: ir.Value, *, axis: int = 0, batch_dims: int = 0) -> ir.Value:
    """Entries along ``axis``; the first ``batch_dims`` dimensions of both go together."""
    if batch_dims == 0:
        return op.Gather(x, indices, axis=axis)
    rank = op.need_rank(x)
    place, depth = axis % rank, batch_dims % op.need_rank(indices)
    order = [*range(depth), place, *(i for i in range(depth, rank) if i != place)]
    turned = op.transpose(x, order)
    picked = op.GatherND(turned, op.unsqueeze(op.int64(indices), [-1]), batch_dims=depth)
    inner = op.need_rank(indices) - depth
    middle = place - depth
    width = rank - depth - 1
    back = [
        *range(depth),
        *(depth + inner + i for i in range(middle)),
        *(depth + i for i in range(inner)),
        *(depth + inner + i for i in range(middle, width)),
    ]
    return op.transpose(picked, back)


@tflite_op("GATHER_ND")
def gather_nd(op: TFLiteBuilder, x: ir.Value, indices: ir.Value) -> ir.Value:
    """Entries whose positions the last dimension of ``indices`` gives."""
    return op.GatherND(x, op.int64(indices))


@tflite_op("EMBEDDING_LOOKUP")
def embedding_lookup(op: TFLiteBuilder, ids: ir.Value, table: ir.Value) -> ir.Value:
    """Rows of a table."""
    return op.Gather(table, ids, axis=0)


@tflite_op("SCATTER_ND")
def scatter_nd(op: TFLiteBuilder, indices: ir.Value, updates: ir.Value, shape: ir.Value) -> ir.Value:
    """Zeros with ``updates`` added at positions; those at one position add up."""
    zeros = op.Expand(op.scalar(0, updates), op.int64(shape))
    if op.opset >= 16:
        return op.ScatterND(zeros, op.int64(indices), updates, reduction="add")
    known = op.constant_value(indices)
    if known is None or len(np.unique(known.reshape(-1, known.shape[-1]), axis=0)) < known[..., 0].size:
        raise op.fail("adds up what meets at one position, possible since opset 16", hint="choose --opset 16")
    return op.ScatterND(zeros, op.int64(indices), updates)


@tflite_op("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(op: TFLiteBuilder, x: ir.Value, update: ir.Value, starts: ir.Value) -> ir.Value:
    """``x`` with ``update`` written from ``starts`` on, which is moved so that the update fits.

    The positions of all elements of the update are counted out in the flattened tensor.
    """
    sizes, part = op.shape_of(x), op.shape_of(update)
    zero = op.constant(np.zeros(1, np.int64))
    begin = op.Max(op.Min(op.int64(starts), op.Sub(sizes, part)), zero)
    rank = op.need_rank(x)
    places: ir.Value | None = None
    for axis in range(rank):
        inside = op.Range(op.constant(np.int64(0)), op.reshape(op.gather(part, [axis]), []), op.constant(np.int64(1)))
        row = op.reshape(op.Add(inside, op.gather(begin, [axis])), [1] * axis + [-1] + [1] * (rank - 1 - axis))
        places = row if places is None else op.Add(op.Mul(places, op.gather(sizes, [axis])), row)
    if places is None:
        return op.Identity(update)
    flat = op.ScatterElements(op.reshape(x, [-1]), op.reshape(places, [-1]), op.reshape(update, [-1]), axis=0)
    return op.reshape(flat, sizes)


@tflite_op("REVERSE_V2")
def reverse(op: TFLiteBuilder, x: ir.Value, axes: ir.Value) -> ir.Value:
    """Dimensions in the opposite order."""
    places = op.need_ints(axes, "the axes")
    return op.slice(x, [-1] * len(places), [None] * len(places), places, [-1] * len(places))


@tflite_op("REVERSE_SEQUENCE")
def reverse_sequence(
    op: TFLiteBuilder, x: ir.Value, lengths: ir.Value, *, seq_dim: int = 0, batch_dim: int = 0
) -> ir.Value:
    """The first ``lengths[b]`` entries along ``seq_dim`` in the opposite order."""
    rank = op.need_rank(x)
    if {seq_dim, batch_dim} == {0, 1}:
        return op.ReverseSequence(x, op.int64(lengths), time_axis=seq_dim, batch_axis=batch_dim)
    order = [batch_dim, seq_dim, *(axis for axis in range(rank) if axis not in (batch_dim, seq_dim))]
    y = op.ReverseSequence(op.transpose(x, order), op.int64(lengths), time_axis=1, batch_axis=0)
    return op.transpose(y, [int(axis) for axis in np.argsort(order)])


@tflite_op("WHERE")
def where(op: TFLiteBuilder, condition: ir.Value) -> ir.Value:
    """Positions of what is not 0, ``[count, rank]``."""
    dtype = op.node.outputs[0].dtype or ir.DataType.INT64
    return op.cast(op.transpose(op.NonZero(condition), [1, 0]), dtype)
