"""Comparisons and tests of numbers."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import type_of
from modelwright.hub.kernels import compare, compute, where

_COMPARISONS = {
    "Less": "Less",
    "LessEqual": "LessOrEqual",
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
}


def _register_comparison(source: str, target: str) -> None:
    @tf_op(source)
    def convert(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return compare(op, target, x, y)

    convert.__doc__ = f"ONNX {target}."


for _source, _target in _COMPARISONS.items():
    _register_comparison(_source, _target)


@tf_op("Equal")
def equal(op: TensorFlowBuilder, x: ir.Value, y: ir.Value, *, incompatible_shape_error: bool = True) -> ir.Value:
    """``x == y``; shapes that do not broadcast are an error, or simply unequal without ``incompatible_shape_error``."""
    if not incompatible_shape_error and _never_broadcast(op, x, y):
        return op.constant(np.asarray(False))
    return _equal(op, x, y)


@tf_op("NotEqual")
def not_equal(op: TensorFlowBuilder, x: ir.Value, y: ir.Value, *, incompatible_shape_error: bool = True) -> ir.Value:
    """``x != y``."""
    return op.Not(equal(op, x, y, incompatible_shape_error=incompatible_shape_error))


def _never_broadcast(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> bool:
    left, right = op.shape(x), op.shape(y)
    if left is None or right is None:
        return False
    pairs = zip(reversed(left), reversed(right), strict=False)
    return any(isinstance(a, int) and isinstance(b, int) and a != b and 1 not in (a, b) for a, b in pairs)


def _equal(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    if type_of(op, x) is ir.DataType.STRING and op.opset < 19:
        raise op.fail("ONNX compares strings only since opset 19", hint="choose --opset 19 or newer")
    return op.Equal(x, y)


@tf_op("ApproximateEqual")
def approximate_equal(op: TensorFlowBuilder, x: ir.Value, y: ir.Value, *, tolerance: float = 1e-5) -> ir.Value:
    """|x - y| < tolerance."""
    return compare(op, "Less", op.Abs(compute(op, "Sub", x, y)), op.scalar(tolerance, x))


@tf_op("IsNan")
def is_nan(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Whether a number is none."""
    return op.IsNaN(x)


@tf_op("IsInf")
def is_inf(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Whether a number is infinite; ONNX tests half floats only since opset 20."""
    return op.IsInf(op.cast(x, ir.DataType.FLOAT) if _half(op, x) and op.opset < 20 else x)


@tf_op("IsFinite")
def is_finite(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Whether a number is neither infinite nor none: only then x - x is 0."""
    return op.Equal(op.Sub(x, x), op.scalar(0, x))


def _half(op: TensorFlowBuilder, x: ir.Value) -> bool:
    return type_of(op, x) in (ir.DataType.FLOAT16, ir.DataType.BFLOAT16)


@tf_op("SelectV2")
def select_v2(op: TensorFlowBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` where the condition holds, else y; all three broadcast."""
    return where(op, condition, x, y)


@tf_op("Select", ignores=())
def select(op: TensorFlowBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """Like ``SelectV2``, but a vector condition picks whole rows of the first axis."""
    if op.rank(condition) == 1:
        rank = op.need_rank(x)
        condition = op.unsqueeze(condition, list(range(1, rank)))
    return where(op, condition, x, y)
