"""TopK, ArgMax and OneHot."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder


@lower("TopK", version=11)
def lower_topk(op: StepBuilder, x: ir.Value, k: ir.Value, *, axis: int = -1, largest: int = 1, sorted: int = 1) -> Any:  # noqa: A002
    """The smallest ones are the largest of the negated; ranked ones are a legal order of unsorted ones."""
    del sorted
    if axis < 0:
        axis += op.known_rank(x)
    if largest:
        return op.TopK(x, k, axis=axis, outputs=2)
    if not op.is_float(x):
        raise op.fail("the smallest of integers can be asked for since opset 11", since=11)
    values, places = op.TopK(op.Neg(x), k, axis=axis, outputs=2)
    return op.Neg(values), places


@lower("TopK", version=10)
def lower_k(op: StepBuilder, x: ir.Value, k: ir.Value, *, axis: int = -1) -> Any:
    """``k`` as an attribute."""
    return op.TopK(x, k=op.constant_numbers(k, "k")[0], axis=axis, outputs=2)


@lift("TopK", version=10)
def lift_k(op: StepBuilder, x: ir.Value, *, axis: int = -1, k: int) -> Any:
    """``k`` as an input."""
    return op.TopK(x, op.ints(k), axis=axis, outputs=2)


@lower("ArgMax", "ArgMin", version=12)
def lower_argmax(
    op: StepBuilder, data: ir.Value, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0
) -> Any:
    """The last of equal ones is the first in the reversed order."""
    if not select_last_index:
        return None
    size = op.dim_of(data, axis)
    backward = op.Slice(data, op.ints(-1), op.ints(-(2**63) + 1), op.ints(axis), op.ints(-1))
    first = op.emit(op.node.op_type, [backward], {"axis": axis, "keepdims": keepdims})
    return op.Sub(op.Sub(size, op.ints(1)) if keepdims else op.squeeze(op.Sub(size, op.ints(1)), [0]), op.one(first))


@lower("OneHot", version=11)
def lower_one_hot(op: StepBuilder, indices: ir.Value, depth: ir.Value, values: ir.Value, *, axis: int = -1) -> Any:
    """Negative indices count from the end, and did not before."""
    known = op.array(indices)
    if known is not None and known.min(initial=0) >= 0:
        return None
    settled, size = _in_int64(op, indices), _scalar(op, depth)
    zero = op.constant(np.asarray(0))
    front = op.Where(op.Less(settled, zero), op.Add(settled, size), settled)
    return op.OneHot(op.Where(op.Less(front, zero), size, front), size, values, axis=axis)


@lift("OneHot", version=11)
def lift_one_hot(op: StepBuilder, indices: ir.Value, depth: ir.Value, values: ir.Value, *, axis: int = -1) -> Any:
    """Negative indices meant no position, and must go on to."""
    known = op.array(indices)
    if known is not None and known.min(initial=0) >= 0:
        return op.OneHot(indices, depth, values, axis=axis)
    settled, size = _in_int64(op, indices), _scalar(op, depth)
    negative = op.Less(settled, op.constant(np.asarray(0)))
    return op.OneHot(op.Where(negative, size, settled), size, values, axis=axis)


def _in_int64(op: StepBuilder, value: ir.Value) -> ir.Value:
    return op.cast(value, ir.DataType.INT64)


def _scalar(op: StepBuilder, depth: ir.Value) -> ir.Value:
    return op.Reshape(_in_int64(op, depth), op.constant(np.zeros(0, np.int64)))
