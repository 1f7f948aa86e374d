"""Softmax and its kin: along one axis since opset 13, over everything from the axis on before."""

from __future__ import annotations

from typing import Any

import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder


@lower("Softmax", "LogSoftmax", "Hardmax", version=13)
def lower_softmax(op: StepBuilder, x: ir.Value, *, axis: int = -1) -> Any:
    """The axis moved to the end, where both mean the same, and back."""
    rank = op.rank(x)
    if rank is None and op.node.op_type != "Hardmax" and (axis >= 0 or op.opset >= 11):
        return _spelled_out(op, x, axis)
    rank = op.known_rank(x)
    if rank == 0:
        raise op.fail(f"{x.name!r} is a scalar")
    place = axis % rank
    if place == rank - 1 or _all_ones(op, x, place + 1):
        return op.emit(op.node.op_type, [x], {"axis": place})
    perm = [other for other in range(rank) if other != place] + [place]
    back = [perm.index(other) for other in range(rank)]
    inner = op.emit(op.node.op_type, [op.Transpose(x, perm=perm)], {"axis": rank - 1})
    return op.Transpose(op.one(inner), perm=back)


def _spelled_out(op: StepBuilder, x: ir.Value, axis: int) -> ir.Value:
    """Exponentials over their sum, less the largest exponent, for inputs of unknown rank."""
    less = op.Sub(x, op.reduce("ReduceMax", x, [axis], keepdims=True))
    powers = op.Exp(less)
    total = op.reduce("ReduceSum", powers, [axis], keepdims=True)
    return op.Div(powers, total) if op.node.op_type == "Softmax" else op.Sub(less, op.Log(total))


def _all_ones(op: StepBuilder, x: ir.Value, start: int) -> bool:
    shape = op.shape(x)
    return shape is not None and all(dim == 1 for dim in shape[start:])


@lift("Softmax", "LogSoftmax", "Hardmax", version=13)
def lift_softmax(op: StepBuilder, x: ir.Value, *, axis: int = 1) -> Any:
    """Two dimensions, then the last axis, then the shape again."""
    rank = op.rank(x)
    if rank is not None and (axis % rank == rank - 1 or _all_ones(op, x, axis % rank + 1)):
        return op.emit(op.node.op_type, [x], {"axis": axis % rank})
    flat = op.emit(op.node.op_type, [op.Flatten(x, axis=axis)], {"axis": 1})
    return op.Reshape(op.one(flat), op.Shape(x))
