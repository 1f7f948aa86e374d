"""Reductions, extremes and sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Argument, Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.ops.windows import lowest
from modelwright.backends.mindir.terms import axis_of, cast, constant, integers, scalar
from modelwright.hub.dtypes import INTEGERS

_PLAIN: Final = {
    "ReduceMean": ("ReduceMean", ()),
    "ReduceMax": ("ReduceMax", ()),
    "ReduceMin": ("ReduceMin", ()),
    "ReduceProd": ("ReduceProd", ()),
    "ReduceSum": ("ReduceSum", (False,)),
}


def _axes(e: Emitter, x: ir.Value, axes: ir.Value | None, noop: int) -> Argument:
    """The axes; None when nothing is reduced."""
    rank = len(e.kind(x).shape)
    if axes is not None and e.known(axes) is None and e.kind(axes).shape != (0,):
        return integers(e, axes)
    given = [] if axes is None or e.kind(axes).shape == (0,) else constant(e, axes, "its axes").ravel().tolist()
    if not given:
        return None if noop else tuple(range(rank))
    return tuple(sorted(axis_of(int(axis), rank) for axis in given))


def _reduce(e: Emitter, name: str, term: Term, axes: Argument, keepdims: int) -> Term:
    primitive, further = _PLAIN[name]
    return e.op(primitive, term, axes, bool(keepdims), *further)


def _plain(name: str) -> Callable[..., Term]:
    def convert(
        e: Emitter, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
    ) -> Term:
        found = _axes(e, x, axes, noop_with_empty_axes)
        if found is None or not e.kind(x).shape:
            return e.term(x)
        dtype = e.kind(x).dtype
        narrow = dtype in INTEGERS | {ir.DataType.BOOL} and name in ("ReduceMax", "ReduceMin", "ReduceMean")
        term = cast(e, e.term(x), ir.DataType.FLOAT) if narrow else e.term(x)
        result = _reduce(e, name, term, found, keepdims)
        return cast(e, result, dtype) if narrow else result

    return convert


for _name in _PLAIN:
    mind_op(_name)(_plain(_name))


def _composed(before: str | None, after: str | None) -> Callable[..., Term]:
    def convert(
        e: Emitter, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
    ) -> Term:
        term = e.term(x) if before is None else e.op(before, e.term(x))
        found = _axes(e, x, axes, noop_with_empty_axes)
        if found is not None and e.kind(x).shape:
            term = _reduce(e, "ReduceSum", term, found, keepdims)
        return term if after is None else e.op(after, term)

    return convert


mind_op("ReduceL1")(_composed("Abs", None))
mind_op("ReduceL2")(_composed("Square", "Sqrt"))
mind_op("ReduceSumSquare")(_composed("Square", None))
mind_op("ReduceLogSum")(_composed(None, "Log"))


@mind_op("ReduceLogSumExp")
def reduce_log_sum_exp(
    e: Emitter, x: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> Term:
    """``log(sum(exp(x)))``, shifted by the largest so that nothing overflows."""
    found = _axes(e, x, axes, noop_with_empty_axes)
    if found is None or not e.kind(x).shape:
        return e.term(x)
    largest = _reduce(e, "ReduceMax", e.term(x), found, 1)
    total = _reduce(e, "ReduceSum", e.op("Exp", e.op("Sub", e.term(x), largest)), found, 1)
    result = e.op("Add", e.op("Log", total), largest)
    return result if keepdims else e.op("Squeeze", result, found)


def _extreme(primitive: str) -> Callable[..., Term]:
    def convert(e: Emitter, x: ir.Value, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Term:
        shape = e.kind(x).shape
        at = axis_of(axis, len(shape))
        term = e.term(x)
        if select_last_index:
            term = e.op("ReverseV2", term, (at,))
        result = cast(e, e.op(primitive, term, at, 34), ir.DataType.INT64)
        if select_last_index:
            size = shape[at]
            last = e.weight(np.array(int(size or 0) - 1, np.int64))  # pyright: ignore[reportArgumentType]
            result = e.op("Sub", last, result)
        return e.op("ExpandDims", result, at) if keepdims else result

    return convert


mind_op("ArgMax")(_extreme("Argmax"))
mind_op("ArgMin")(_extreme("Argmin"))


@mind_op("TopK")
def top_k(
    e: Emitter,
    x: ir.Value,
    k: ir.Value,
    *,
    axis: int = -1,
    largest: int = 1,
    sorted: int = 1,  # noqa: A002
) -> tuple[Term, Term]:
    """The largest or smallest, with their places."""
    rank = len(e.kind(x).shape)
    at, known = axis_of(axis, rank), e.known(k)
    count: Argument = e.item(integers(e, k), 0) if known is None else int(known.reshape(()))  # pyright: ignore[reportArgumentType]
    order = [place for place in range(rank) if place != at] + [at]
    term = e.term(x) if at == rank - 1 else e.op("Transpose", e.term(x), tuple(order))
    term = term if largest else e.op("Neg", term)
    found = e.op("TopK", term, count, sorted=bool(sorted))
    values, places = e.item(found, 0), cast(e, e.item(found, 1), ir.DataType.INT64)
    values = values if largest else e.op("Neg", values)
    if at == rank - 1:
        return values, places
    back = tuple(int(item) for item in np.argsort(order))
    return e.op("Transpose", values, back), e.op("Transpose", places, back)


@mind_op("NonZero")
def non_zero(e: Emitter, x: ir.Value) -> Term:
    """Places of what is not zero, a column each."""
    return e.op("Transpose", e.op("NonZero", e.term(x)), (1, 0))


@mind_op("Softmax")
def softmax(e: Emitter, x: ir.Value, *, axis: int = -1) -> Term:
    """Exponentials that add up to 1; the -infinity of masks is made finite, for MindSpore's kernel fails on it."""
    term, producer = e.term(x), x.producer()
    if producer is None or producer.op_type not in _FINITE:
        term = e.op("Maximum", term, scalar(e, lowest(e.kind(x).dtype), e.kind(x).dtype))
    return e.op("Softmax", term, (axis_of(axis, len(e.kind(x).shape)),))


_FINITE: Final = frozenset({"MatMul", "Gemm", "Conv"})
"""Operators whose results are masked nowhere."""


@mind_op("LogSoftmax")
def log_softmax(e: Emitter, x: ir.Value, *, axis: int = -1) -> Term:
    """Their logarithms."""
    return e.op("LogSoftmax", e.term(x), axis_of(axis, len(e.kind(x).shape)))


@mind_op("Hardmax")
def hardmax(e: Emitter, x: ir.Value, *, axis: int = -1) -> Term:
    """1 at the first of the largest."""
    kind = e.kind(x)
    at = axis_of(axis, len(kind.shape))
    size = int(kind.shape[at] or 0)  # pyright: ignore[reportArgumentType]
    numbers = np.arange(size, dtype=np.int32).reshape([size if place == at else 1 for place in range(len(kind.shape))])
    best = e.op("ExpandDims", e.op("Argmax", e.term(x), at, 34), at)
    return cast(e, e.op("Equal", best, e.weight(numbers)), kind.dtype)
