"""Order, extremes' positions, running totals and distinct values."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.kernels import compute, kernel_dtype


def _extreme(
    op: PaddleBuilder,
    op_type: str,
    x: ir.Value,
    axis: ir.Value | None,
    *,
    keepdims: bool,
    flatten: bool,
    dtype: ir.DataType | None,
) -> ir.Value:
    x = op.cast(x, kernel_dtype(op, op_type, op.dtype(x)))
    rank = op.need_rank(x)
    if flatten or rank == 0:
        found = op.emit(op_type, [op.reshape(x, [-1])], {"axis": 0, "keepdims": 0})
        if keepdims:
            found = op.reshape(found, [1] * rank)  # pyright: ignore[reportArgumentType]
    else:
        place = -1 if axis is None else op.need_int(axis, "the axis")
        found = op.emit(op_type, [x], {"axis": place, "keepdims": int(keepdims)})
    return op.cast(found, dtype or op.output_dtype() or ir.DataType.INT64)  # pyright: ignore[reportArgumentType]


@paddle_op("argmax")
def argmax(
    op: PaddleBuilder,
    x: ir.Value,
    axis: ir.Value | None = None,
    *,
    keepdims: bool = False,
    flatten: bool = False,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """The first place of the largest."""
    return _extreme(op, "ArgMax", x, axis, keepdims=keepdims, flatten=flatten, dtype=dtype)


@paddle_op("argmin")
def argmin(
    op: PaddleBuilder,
    x: ir.Value,
    axis: ir.Value | None = None,
    *,
    keepdims: bool = False,
    flatten: bool = False,
    dtype: ir.DataType | None = None,
) -> ir.Value:
    """The first place of the smallest."""
    return _extreme(op, "ArgMin", x, axis, keepdims=keepdims, flatten=flatten, dtype=dtype)


def ordered(op: PaddleBuilder, x: ir.Value, count: ir.Value, axis: int, *, largest: bool) -> tuple[ir.Value, ir.Value]:
    """The first ``count`` entries in order, and where they were."""
    dtype = op.dtype(x)
    made = op.TopK(
        op.cast(x, kernel_dtype(op, "TopK", dtype)), op.vector(count), axis=axis, largest=int(largest), outputs=2
    )
    return op.cast(made[0], dtype), made[1]


@paddle_op("argsort", ignores=("stable",))
def argsort(op: PaddleBuilder, x: ir.Value, *, axis: int = -1, descending: bool = False) -> tuple[ir.Value, ir.Value]:
    """All entries in order, and where they were."""
    if op.need_rank(x) == 0:
        return op.Identity(x), op.constant(np.asarray(0, np.int64))
    return ordered(op, x, op.dim_of(x, axis), axis, largest=descending)


@paddle_op("topk", ignores=("sorted",))
def topk(
    op: PaddleBuilder, x: ir.Value, count: ir.Value | None = None, *, k: int = 1, axis: int = -1, largest: bool = True
) -> tuple[ir.Value, ir.Value]:
    """The first entries in order, and where they were."""
    if op.need_rank(x) == 0:
        return op.Identity(x), op.constant(np.asarray(0, np.int64))
    return ordered(op, x, op.ints(k) if count is None else count, axis, largest=largest)


@paddle_op("kthvalue")
def kthvalue(
    op: PaddleBuilder, x: ir.Value, *, k: int = 1, axis: int = -1, keepdim: bool = False
) -> tuple[ir.Value, ir.Value]:
    """The k-th smallest and its place."""
    place = op.axis(axis, op.need_rank(x))
    values, where = (op.slice(item, [k - 1], [k], [place]) for item in ordered(op, x, op.ints(k), place, largest=False))
    return (values, where) if keepdim else (op.squeeze(values, [place]), op.squeeze(where, [place]))


@paddle_op("median")
def median(
    op: PaddleBuilder, x: ir.Value, *, axis: list[int] | None = None, keepdim: bool = True, mode: str = "avg"
) -> ir.Value:
    """The middle of the ordered entries, or the average of the two middle ones; not a number if any is not."""
    rank = op.need_rank(x)
    axes = op.axes(axis or [], rank) or list(range(rank))
    rest = [item for item in range(rank) if item not in axes]
    kept = op.gather(op.shape_of(x), rest) if rest else op.constant(np.zeros(0, np.int64))
    flat = op.reshape(op.transpose(x, [*rest, *axes]), op.concat([kept, op.ints(-1)], 0) if rest else op.ints(-1))
    last = len(rest)
    length = op.dim_of(flat, last)
    values, _ = ordered(op, flat, length, last, largest=False)
    low = op.Div(op.Sub(length, op.ints(1)), op.ints(2))
    below = op.gather(values, low, last)
    if mode == "avg":
        above = op.gather(values, op.Div(length, op.ints(2)), last)
        below = op.Mul(op.Add(op.as_float(below), op.as_float(above)), op.scalar(0.5, op.as_float(below)))
    if op.dtype(x) in FLOATS:
        total = op.reduce("ReduceSum", flat, [last], keepdims=True)
        below = op.Where(op.IsNaN(total), total, below)
    y = op.squeeze(below, [last])
    return op.unsqueeze(y, axes) if keepdim else y


@paddle_op("cumsum")
def cumsum(
    op: PaddleBuilder,
    x: ir.Value,
    axis: ir.Value | None = None,
    *,
    flatten: bool = False,
    exclusive: bool = False,
    reverse: bool = False,
) -> ir.Value:
    """Running totals."""
    wanted = op.output_dtype() or op.dtype(x)
    if flatten or op.need_rank(x) == 0:
        x, place = op.reshape(x, [-1]), 0
    else:
        place = -1 if axis is None else op.need_int(axis, "the axis")
    kernel = kernel_dtype(op, "CumSum", wanted)
    made = op.CumSum(
        op.cast(x, kernel), op.constant(np.asarray(place, np.int64)), exclusive=int(exclusive), reverse=int(reverse)
    )
    return op.cast(made, wanted)


def _prefixes(op: PaddleBuilder, x: ir.Value, axis: int, neutral: float) -> tuple[ir.Value, list[int]]:
    """``x`` with its dimension ``axis`` last and doubled: row ``i`` holds the entries up to ``i``, then ``neutral``."""
    rank = op.need_rank(x)
    perm = [item for item in range(rank) if item != axis] + [axis]
    turned = op.unsqueeze(op.transpose(x, perm), [rank - 1])
    zero, one = (op.constant(np.asarray(number, np.int64)) for number in (0, 1))
    places = op.Range(zero, op.squeeze(op.dim_of(x, axis), [0]), one)
    inside = op.LessOrEqual(op.unsqueeze(places, [0]), op.unsqueeze(places, [1]))
    return op.Where(inside, turned, op.scalar(neutral, x)), [perm.index(item) for item in range(rank)]


@paddle_op("cumprod")
def cumprod(op: PaddleBuilder, x: ir.Value, *, dim: int, exclusive: bool = False, reverse: bool = False) -> ir.Value:
    """Running products."""
    if exclusive or reverse:
        raise op.fail("exclusive or reversed products are not supported")
    rank = op.need_rank(x)
    spread, back = _prefixes(op, x, op.axis(dim, rank), 1.0)
    return op.transpose(op.reduce("ReduceProd", spread, [rank], keepdims=False), back)


@paddle_op("logcumsumexp")
def logcumsumexp(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    axis: int = -1,
    flatten: bool = False,
    exclusive: bool = False,
    reverse: bool = False,
) -> ir.Value:
    """Logarithms of running totals of exponentials."""
    if exclusive or reverse:
        raise op.fail("exclusive or reversed totals are not supported")
    x = op.reshape(x, [-1]) if flatten else x
    rank = op.need_rank(x)
    place = 0 if flatten else op.axis(axis, rank)
    spread, back = _prefixes(op, x, place, float(np.finfo(op.dtype(x).numpy()).min))
    return op.transpose(op.reduce("ReduceLogSumExp", spread, [rank], keepdims=False), back)


@paddle_op("unique", ignores=("return_index", "return_inverse", "return_counts"))
def unique(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    axis: list[int] | None = None,
    dtype: ir.DataType | None = None,
    is_sorted: bool = True,
) -> tuple[ir.Value, ...]:
    """The distinct values, where each first stood, which one each entry is, and how often each occurs."""
    source = op.dtype(x)
    attributes = {"axis": axis[0]} if axis else {}
    made = op.Unique(op.cast(x, kernel_dtype(op, "Unique", source)), sorted=int(is_sorted), outputs=4, **attributes)
    wanted = dtype or ir.DataType.INT64
    return (op.cast(made[0], source), *(op.cast(item, wanted) for item in made[1:]))


@paddle_op("mode")
def mode(op: PaddleBuilder, x: ir.Value, *, axis: int = -1, keepdim: bool = False) -> tuple[ir.Value, ir.Value]:
    """The most frequent entry, the smallest one of several, and its last place."""
    rank = op.need_rank(x)
    place = op.axis(axis, rank)
    perm = [item for item in range(rank) if item != place] + [place]
    turned = op.transpose(x, perm)
    values, where = ordered(op, turned, op.dim_of(turned, rank - 1), rank - 1, largest=False)
    same = op.Equal(op.unsqueeze(values, [rank - 1]), op.unsqueeze(values, [rank]))
    counts = op.reduce("ReduceSum", op.cast(same, ir.DataType.INT32), [rank], keepdims=False)
    best = op.ArgMax(counts, axis=rank - 1, keepdims=1)
    value = op.GatherElements(values, best, axis=rank - 1)
    spot = op.reduce(
        "ReduceMax",
        op.Where(op.Equal(values, value), where, op.constant(np.asarray(-1, np.int64))),
        [rank - 1],
        keepdims=True,
    )
    back = [perm.index(item) for item in range(rank)]
    results = op.transpose(value, back), op.transpose(spot, back)
    return results if keepdim else (op.squeeze(results[0], [place]), op.squeeze(results[1], [place]))


@paddle_op("searchsorted")
def searchsorted(
    op: PaddleBuilder, edges: ir.Value, values: ir.Value, *, out_int32: bool = False, right: bool = False
) -> ir.Value:
    """How many of the ordered edges lie below each value."""
    rank = op.need_rank(values)
    wide = op.unsqueeze(values, [rank])
    rows = edges if op.need_rank(edges) == 1 else op.unsqueeze(edges, [rank - 1])
    passed = op.LessOrEqual(rows, wide) if right else op.Less(rows, wide)
    count = op.reduce("ReduceSum", op.cast(passed, ir.DataType.INT64), [rank], keepdims=False)
    return op.cast(count, ir.DataType.INT32 if out_int32 else ir.DataType.INT64)


@paddle_op("max_with_index")
def max_with_index(
    op: PaddleBuilder, x: ir.Value, *, dim: int, keepdim: bool = False, flatten: bool = False
) -> tuple[ir.Value, ir.Value]:
    """The largest along a dimension and its place."""
    return _with_place(op, "Max", x, dim, keepdim=keepdim, flatten=flatten)


@paddle_op("min_with_index")
def min_with_index(
    op: PaddleBuilder, x: ir.Value, *, dim: int, keepdim: bool = False, flatten: bool = False
) -> tuple[ir.Value, ir.Value]:
    """The smallest along a dimension and its place."""
    return _with_place(op, "Min", x, dim, keepdim=keepdim, flatten=flatten)


def _with_place(
    op: PaddleBuilder, kind: str, x: ir.Value, dim: int, *, keepdim: bool, flatten: bool
) -> tuple[ir.Value, ir.Value]:
    x, dim = (op.reshape(x, [-1]), 0) if flatten else (x, dim)
    place = op.axis(dim, op.need_rank(x))
    value = op.reduce(f"Reduce{kind}", x, [place], keepdims=keepdim)
    return value, op.emit(f"Arg{kind}", [x], {"axis": place, "keepdims": int(keepdim)})  # pyright: ignore[reportReturnType]


@paddle_op("bincount")
def bincount(
    op: PaddleBuilder,
    x: ir.Value,
    weights: ir.Value | None = None,
    least: ir.Value | None = None,
    *,
    minlength: int = 0,
) -> ir.Value:
    """How often each number from 0 on occurs, or the total of its weights."""
    op.need_opset(16, "ScatterElements that adds")
    index = op.int64(x)
    shortest = op.constant(np.asarray(minlength, np.int64)) if least is None else op.single(op.int64(least))
    length = op.Max(
        op.Add(op.reduce("ReduceMax", index, None, keepdims=False), op.constant(np.asarray(1, np.int64))), shortest
    )
    amount = op.Expand(op.constant(np.asarray(1, np.int64)), op.shape_of(index)) if weights is None else weights
    zeros = op.Expand(op.scalar(0, amount), op.unsqueeze(length, [0]))
    return op.ScatterElements(zeros, index, amount, axis=0, reduction="add")


@paddle_op("cross")
def cross(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = 9) -> ir.Value:
    """The cross product along a dimension of size 3."""
    sizes = op.sizes(x)
    place = sizes.index(3) if axis == 9 else op.axis(axis, len(sizes))
    turns = [[1, 2, 0], [2, 0, 1]]
    a, b = (op.gather(x, turn, place) for turn in turns)
    c, d = (op.gather(y, turn, place) for turn in turns)
    return op.Sub(compute(op, "Mul", a, d), compute(op, "Mul", b, c))
