"""Numbers that were attributes once and are inputs now: axes of reductions, Squeeze and Unsqueeze."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder

_SINCE_18 = (
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSumSquare",
)


def _lower_reduction(
    op: StepBuilder, data: ir.Value, axes: ir.Value | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> Any:
    """``axes`` as an attribute."""
    numbers = [] if axes is None else op.constant_numbers(axes, "input")
    if not numbers and noop_with_empty_axes:
        return reduce_each_element(op, data)
    return op.emit(op.node.op_type, [data], {"axes": numbers or None, "keepdims": keepdims})


def reduce_each_element(op: StepBuilder, data: ir.Value) -> ir.Value:
    """A reduction over no axis: the function it applies to each element."""
    match op.node.op_type:
        case "ReduceL1" | "ReduceL2":
            return op.Abs(data)
        case "ReduceSumSquare":
            return op.Mul(data, data)
        case "ReduceLogSum":
            return op.Log(data)
        case _:
            return op.Identity(data)


def _lift_reduction(op: StepBuilder, data: ir.Value, *, axes: list[int] | None = None, keepdims: int = 1) -> Any:
    """``axes`` as an input."""
    return op.emit(op.node.op_type, [data, op.ints(axes) if axes else None], {"keepdims": keepdims})


lower(*_SINCE_18, version=18)(_lower_reduction)
lower("ReduceSum", version=13)(_lower_reduction)
lift(*_SINCE_18, version=18)(_lift_reduction)
lift("ReduceSum", version=13)(_lift_reduction)


@lower("Squeeze", version=13)
def lower_squeeze(op: StepBuilder, data: ir.Value, axes: ir.Value | None = None) -> Any:
    """``axes`` as an attribute."""
    if axes is None:
        return op.Squeeze(data)
    numbers = op.numbers(axes)
    if numbers is not None:
        return op.Squeeze(data, axes=_in_order(numbers, op.rank(data))) if numbers else op.Identity(data)
    return _squeeze_at_runtime(op, data, axes)


def _in_order(axes: list[int], rank: int | None) -> list[int]:
    """The axes from front to back, as older versions want them."""
    return axes if rank is None else sorted(axis % rank for axis in axes)


def _squeeze_at_runtime(op: StepBuilder, data: ir.Value, axes: ir.Value) -> Any:
    """A Reshape to the shape without the axes, which Compress takes out."""
    rank = op.known_rank(data)
    count = op.constant_numbers(op.Shape(axes), "number of axes")[0]
    kept = op.Not(op.one(hit_axes(op, axes, rank)))
    shape = op.Compress(op.Shape(data), kept, axis=0)
    shape.shape = ir.Shape([rank - count])
    return op.Reshape(data, shape)


def hit_axes(op: StepBuilder, axes: ir.Value, rank: int) -> ir.Value:
    """Whether each of ``rank`` axes is among ``axes``: bool[rank]."""
    front = op.cast(axes, ir.DataType.INT64)
    settled = op.Where(op.Less(front, op.ints(0)), op.Add(front, op.ints(rank)), front)
    column = op.unsqueeze(op.Cast(settled, to=int(ir.DataType.INT32)), [1])
    equal = op.Equal(column, op.constant(np.arange(rank, dtype=np.int32)[None, :]))
    counted = op.reduce("ReduceSum", op.Cast(equal, to=int(ir.DataType.INT32)), [0], keepdims=False)
    return op.Greater(counted, op.constant(np.asarray(0, np.int32)))


@lower("Unsqueeze", version=13)
def lower_unsqueeze(op: StepBuilder, data: ir.Value, axes: ir.Value) -> Any:
    """``axes`` as an attribute."""
    numbers = op.constant_numbers(axes, "input")
    rank = op.rank(data)
    return op.Unsqueeze(data, axes=_in_order(numbers, None if rank is None else rank + len(numbers)))


@lift("Squeeze", "Unsqueeze", version=13)
def lift_squeeze(op: StepBuilder, data: ir.Value, *, axes: list[int] | None = None) -> Any:
    """``axes`` as an input."""
    return op.emit(op.node.op_type, [data, op.ints(axes) if axes is not None else None])
