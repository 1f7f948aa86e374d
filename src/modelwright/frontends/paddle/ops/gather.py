"""Picking entries and writing them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.kernels import compute, where

_REDUCTIONS = {"add": "add", "mul": "mul", "multiply": "mul", "amin": "min", "amax": "max"}


@paddle_op("gather")
def gather(
    op: PaddleBuilder, x: ir.Value, index: ir.Value, axis_value: ir.Value | None = None, *, axis: int = 0
) -> ir.Value:
    """Entries along a dimension; an index of two dimensions is taken flat."""
    place = axis if axis_value is None else op.need_int(axis_value, "the axis")
    return op.gather(x, op.reshape(index, [-1]) if op.need_rank(index) > 1 else index, op.axis(place, op.need_rank(x)))


@paddle_op("index_select")
def index_select(op: PaddleBuilder, x: ir.Value, index: ir.Value, *, axis: int = 0) -> ir.Value:
    """Entries along a dimension."""
    return op.gather(x, index, op.axis(axis, op.need_rank(x)))


@paddle_op("gather_nd")
def gather_nd(op: PaddleBuilder, x: ir.Value, index: ir.Value) -> ir.Value:
    """Entries at positions whose last dimension counts the leading dimensions of ``x``."""
    if op.sizes(index)[-1] == 0:
        return op.Expand(x, op.concat([op.slice(op.shape_of(index), [0], [-1]), op.shape_of(x)], 0))
    return op.GatherND(x, op.int64(index))


@paddle_op("index_sample")
def index_sample(op: PaddleBuilder, x: ir.Value, index: ir.Value) -> ir.Value:
    """Entries of each row."""
    return op.GatherElements(x, index, axis=1)


@paddle_op("take_along_axis")
def take_along_axis(op: PaddleBuilder, x: ir.Value, indices: ir.Value, *, axis: int = 0) -> ir.Value:
    """Entries along a dimension, at places of their own for each other position."""
    return op.GatherElements(x, indices, axis=axis)


@paddle_op("put_along_axis")
def put_along_axis(
    op: PaddleBuilder,
    x: ir.Value,
    indices: ir.Value,
    values: ir.Value,
    *,
    axis: int = 0,
    reduce: str = "assign",
    include_self: bool = True,
) -> ir.Value:
    """Entries written along a dimension, or added, multiplied or compared with what is there."""
    values = op.Expand(op.cast(values, op.dtype(x)), op.shape_of(indices))
    if reduce == "assign":
        return op.ScatterElements(x, indices, values, axis=axis)
    if not include_self or reduce not in _REDUCTIONS:
        raise op.fail(f"reduce={reduce!r} with include_self={include_self} is not supported")
    op.need_opset(18 if reduce.startswith("am") else 16, f"ScatterElements with {reduce}")
    return op.ScatterElements(x, indices, values, axis=axis, reduction=_REDUCTIONS[reduce])


def _rows(op: PaddleBuilder, index: ir.Value) -> ir.Value:
    """Numbers of rows as positions for ScatterND."""
    return op.unsqueeze(op.reshape(op.int64(index), [-1]), [1])


@paddle_op("scatter")
def scatter(op: PaddleBuilder, x: ir.Value, index: ir.Value, updates: ir.Value, *, overwrite: bool = True) -> ir.Value:
    """Rows written; without ``overwrite`` they are set to 0 and then added up."""
    places = _rows(op, index)
    if op.need_rank(index) == 0 and op.need_rank(updates) < op.need_rank(x):
        updates = op.unsqueeze(updates, [0])
    if overwrite:
        return op.ScatterND(x, places, updates)
    op.need_opset(16, "ScatterND that adds")
    cleared = op.ScatterND(x, places, compute(op, "Sub", updates, updates))
    return op.ScatterND(cleared, places, updates, reduction="add")


@paddle_op("scatter_nd_add")
def scatter_nd_add(op: PaddleBuilder, x: ir.Value, index: ir.Value, updates: ir.Value) -> ir.Value:
    """Values added at positions."""
    op.need_opset(16, "ScatterND that adds")
    if op.sizes(index)[-1] == 0:
        extra = op.need_rank(index) - 1
        return op.Add(x, op.reduce("ReduceSum", updates, list(range(extra)), keepdims=False))
    return op.ScatterND(x, op.int64(index), updates, reduction="add")


@paddle_op("index_add")
def index_add(op: PaddleBuilder, x: ir.Value, index: ir.Value, values: ir.Value, *, axis: int = 0) -> ir.Value:
    """Entries along a dimension added to."""
    op.need_opset(16, "ScatterND that adds")
    rank = op.need_rank(x)
    place = op.axis(axis, rank)
    perm = [place, *(item for item in range(rank) if item != place)]
    back = [perm.index(item) for item in range(rank)]
    made = op.ScatterND(op.transpose(x, perm), _rows(op, index), op.transpose(values, perm), reduction="add")
    return op.transpose(made, back)


@paddle_op("index_put")
def index_put(
    op: PaddleBuilder, x: ir.Value, indices: list[ir.Value], value: ir.Value, *, accumulate: bool = False
) -> ir.Value:
    """Values written at positions given by a tensor for each leading dimension, or where a mask is true."""
    if len(indices) == 1 and op.dtype(indices[0]) is ir.DataType.BOOL:
        places = op.Transpose(op.NonZero(indices[0]), perm=[1, 0])
        depth = op.need_rank(indices[0])
    else:
        total = indices[0]
        for item in indices[1:]:
            total = op.Add(op.Mul(total, op.scalar(0, total)), op.cast(item, op.dtype(total)))
        target = op.shape_of(total)
        spread = [op.unsqueeze(op.Expand(op.int64(item), target), [op.need_rank(total)]) for item in indices]
        places, depth = op.concat(spread, op.need_rank(total)), len(indices)
    head = op.slice(op.Shape(places), [0], [-1])
    target = op.concat([head, op.slice(op.shape_of(x), [depth], [None])], 0)
    values = op.Expand(op.cast(value, op.dtype(x)), target)
    if accumulate:
        op.need_opset(16, "ScatterND that adds")
        return op.ScatterND(x, places, values, reduction="add")
    return op.ScatterND(x, places, values)


@paddle_op("masked_select")
def masked_select(op: PaddleBuilder, x: ir.Value, mask: ir.Value) -> ir.Value:
    """The elements where a mask is true, as a vector."""
    if op.shape(x) != op.shape(mask) or op.shape(x) is None:
        mask = op.And(mask, op.Expand(op.constant(np.asarray(True)), op.shape_of(x)))
        x = op.Expand(x, op.shape_of(mask))
    return op.Compress(op.reshape(x, [-1]), op.reshape(mask, [-1]), axis=0)


@paddle_op("nonzero")
def nonzero(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Positions of what is not 0, a row each."""
    return op.transpose(op.NonZero(x), [1, 0])


@paddle_op("embedding")
def embedding(op: PaddleBuilder, index: ir.Value, weight: ir.Value, *, padding_idx: int = -1) -> ir.Value:
    """Rows of a table; zeros for the padding's index."""
    rows = op.gather(weight, index)
    if padding_idx < 0:
        return rows
    table = op.constant_value(weight)
    if table is not None and padding_idx < len(table) and not table[padding_idx].any():
        return rows
    padding = op.unsqueeze(op.Equal(index, op.scalar(padding_idx, index)), [op.need_rank(index)])
    return where(op, padding, op.scalar(0, weight), rows)


@paddle_op("lookup_table")
def lookup_table(op: PaddleBuilder, weight: ir.Value, index: ir.Value, *, padding_idx: int = -1) -> ir.Value:
    """Rows of a table, for indices whose last dimension is 1."""
    return embedding(op, op.squeeze(index, [op.need_rank(index) - 1]), weight, padding_idx=padding_idx)


@paddle_op("repeat_interleave")
def repeat_interleave(
    op: PaddleBuilder, x: ir.Value, *, repeats: int, axis: int = 0, output_size: int = -1
) -> ir.Value:
    """Each entry along a dimension repeated."""
    return repeat_interleave_with_tensor_index(op, x, op.ints(repeats), axis=axis, output_size=output_size)


@paddle_op("repeat_interleave_with_tensor_index")
def repeat_interleave_with_tensor_index(
    op: PaddleBuilder, x: ir.Value, repeats: ir.Value, *, axis: int = 0, output_size: int = -1
) -> ir.Value:
    """Each entry along a dimension repeated a number of times of its own.

    Entry ``i`` stands at positions that at least ``i`` and less than ``i + 1`` running totals do not exceed.
    """
    del output_size
    place = op.axis(axis, op.need_rank(x))
    counts = op.vector(repeats)
    length = op.dim_of(x, place)
    ends = op.CumSum(op.Expand(counts, length), op.constant(np.asarray(0, np.int64)))
    total = op.reduce("ReduceMax", ends, None, keepdims=False)
    positions = op.Range(op.constant(np.asarray(0, np.int64)), total, op.constant(np.asarray(1, np.int64)))
    passed = op.cast(op.LessOrEqual(op.unsqueeze(ends, [0]), op.unsqueeze(positions, [1])), ir.DataType.INT64)
    return op.gather(x, op.reduce("ReduceSum", passed, [1], keepdims=False), place)


@paddle_op("multiplex")
def multiplex(op: PaddleBuilder, values: list[ir.Value], index: ir.Value) -> ir.Value:
    """Row ``i`` of the tensor whose number stands in row ``i`` of the index."""
    stacked = op.concat([op.unsqueeze(item, [0]) for item in values], 0)
    numbers = op.reshape(op.int64(index), [-1])
    rows = op.Range(
        op.constant(np.asarray(0, np.int64)),
        op.squeeze(op.dim_of(numbers, 0), [0]),
        op.constant(np.asarray(1, np.int64)),
    )
    return op.GatherND(stacked, op.concat([op.unsqueeze(numbers, [1]), op.unsqueeze(rows, [1])], 1))
