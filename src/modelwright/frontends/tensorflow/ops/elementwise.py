"""Elementwise arithmetic that ONNX has an operator of its own for, or nearly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import is_integer
from modelwright.hub.kernels import compare, compute, kernel_dtype, where

_UNARY = {
    "Abs": "Abs",
    "Neg": "Neg",
    "Sign": "Sign",
    "Ceil": "Ceil",
    "Floor": "Floor",
    "Sqrt": "Sqrt",
    "Exp": "Exp",
    "Log": "Log",
    "Reciprocal": "Reciprocal",
    "Inv": "Reciprocal",
    "Sin": "Sin",
    "Cos": "Cos",
    "Tan": "Tan",
    "Asin": "Asin",
    "Acos": "Acos",
    "Atan": "Atan",
    "Sinh": "Sinh",
    "Cosh": "Cosh",
    "Tanh": "Tanh",
    "Asinh": "Asinh",
    "Acosh": "Acosh",
    "Atanh": "Atanh",
    "Erf": "Erf",
    "Sigmoid": "Sigmoid",
    "LogicalNot": "Not",
}
"""TensorFlow operator to the ONNX operator that means the same, one tensor in, one out."""

_BINARY = {
    "Add": "Add",
    "Sub": "Sub",
    "Mul": "Mul",
    "Maximum": "Max",
    "Minimum": "Min",
    "LogicalAnd": "And",
    "LogicalOr": "Or",
}
"""The same for two tensors that broadcast."""

_SAME = (
    "Identity StopGradient PreventGradient CheckNumerics CheckNumericsV2 Snapshot EnsureShape DebugIdentity "
    "GuaranteeConst Conj Copy CopyHost DeepCopy"
).split()
"""Operators that give their first input; what they check or tell gradients is of no use in a converted model."""


def _register_unary(source: str, target: str) -> None:
    @tf_op(source)
    def convert(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
        return compute(op, target, x)

    convert.__doc__ = f"ONNX {target}."


def _register_binary(source: str, target: str) -> None:
    @tf_op(source)
    def convert(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return compute(op, target, x, y)

    convert.__doc__ = f"ONNX {target}, which broadcasts alike."


def _register(table: dict[str, str], register: Callable[[str, str], None]) -> None:
    for source, target in table.items():
        register(source, target)


_register(_UNARY, _register_unary)
_register(_BINARY, _register_binary)


@tf_op(
    *_SAME,
    "RefIdentity",
    ignores=("message", "shape", "dtype", "tensor_name", "device_name", "debug_urls", "debug_ops_spec", "gated_grpc"),
)
def identity(_op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """The input itself: no node is made, the value keeps the name of the layer that computes it."""
    return x


@tf_op("Print", ignores=("U", "message", "first_n", "summarize"))
def print_(op: TensorFlowBuilder, x: ir.Value, *shown: ir.Value) -> ir.Value:
    """The first input; what TensorFlow would print of the others is left out."""
    del shown
    return identity(op, x)


@tf_op("IdentityN")
def identity_n(_op: TensorFlowBuilder, *values: ir.Value) -> tuple[ir.Value, ...]:
    """Each input."""
    return values


@tf_op("AddV2")
def add_v2(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x + y``."""
    return compute(op, "Add", x, y)


@tf_op("AddN", "AccumulateNV2", ignores=("N", "shape"))
def add_n(op: TensorFlowBuilder, *values: ir.Value) -> ir.Value:
    """The sum of all inputs, which have one shape."""
    if len(values) == 1:
        return values[0]
    dtype = op.dtype(values[0])
    if kernel_dtype(op, "Sum", dtype) is dtype:
        return op.Sum(*values)
    total = values[0]
    for value in values[1:]:
        total = compute(op, "Add", total, value)
    return total


@tf_op("RealDiv")
def real_div(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x / y`` of floats."""
    return compute(op, "Div", x, y)


@tf_op("Square")
def square(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``x * x``."""
    return compute(op, "Mul", x, x)


@tf_op("Rsqrt")
def rsqrt(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """1 / sqrt(x)."""
    return op.Reciprocal(op.Sqrt(x))


@tf_op("SquaredDifference")
def squared_difference(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """(x - y) * (x - y)."""
    difference = compute(op, "Sub", x, y)
    return compute(op, "Mul", difference, difference)


@tf_op("Pow")
def power(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` to the power of y, broadcast; integers are computed as integers."""
    return compute(op, "Pow", x, y)


@tf_op("Round", "Rint")
def round_half_to_even(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """The nearest integer, halves to even, as ONNX; integers stay."""
    return op.Identity(x) if is_integer(op.dtype(x)) else op.Round(x)


@tf_op("ClipByValue")
def clip_by_value(op: TensorFlowBuilder, x: ir.Value, low: ir.Value, high: ir.Value) -> ir.Value:
    """max(min(x, high), low); ONNX's Clip takes scalars only, other bounds broadcast."""
    if op.rank(low) == 0 and op.rank(high) == 0:
        return compute(op, "Clip", x, low, high)
    return compute(op, "Max", compute(op, "Min", x, high), low)


@tf_op("Expm1")
def expm1(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``exp(x) - 1``, accurate near 0: 2 * tanh(x / 2) / (1 - tanh(x / 2)) where |x| < 1."""
    half = op.Tanh(op.Mul(x, op.scalar(0.5, x)))
    one = op.scalar(1, x)
    near = op.Div(op.Add(half, half), op.Sub(one, half))
    return op.Where(op.Less(op.Abs(x), one), near, op.Sub(op.Exp(x), one))


@tf_op("Log1p")
def log1p(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``log(1 + x)``, accurate near 0: log(u) * x / (u - 1) with u = 1 + x, and x where u rounds to 1.

    The correction is W. Kahan's, see Higham, Accuracy and Stability of Numerical Algorithms, section 1.14.1.
    """
    one = op.scalar(1, x)
    above = op.Add(x, one)
    tiny = op.Equal(above, one)
    gap = op.Where(tiny, one, op.Sub(above, one))
    logarithm = op.Log(above)
    corrected = op.Mul(logarithm, op.Div(x, gap))
    infinite = op.Equal(x, op.scalar(np.inf, x))
    return op.Where(tiny, x, op.Where(infinite, x, corrected))


@tf_op("Erfc")
def erfc(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """1 - erf(x)."""
    return op.Sub(op.scalar(1, x), compute(op, "Erf", x))


@tf_op("Softsign")
def softsign(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``x / (1 + |x|)``."""
    return compute(op, "Softsign", x)


@tf_op("Xdivy")
def xdivy(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x / y``, and 0 where x is 0."""
    zero = op.scalar(0, x)
    return where(op, op.Equal(x, zero), zero, op.Div(x, y))


@tf_op("Xlogy")
def xlogy(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x * log(y)``, and 0 where x is 0."""
    zero = op.scalar(0, x)
    return where(op, op.Equal(x, zero), zero, op.Mul(x, op.Log(y)))


@tf_op("Xlog1py")
def xlog1py(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x * log(1 + y)``, and 0 where x is 0."""
    zero = op.scalar(0, x)
    return where(op, op.Equal(x, zero), zero, op.Mul(x, log1p(op, y)))


@tf_op("MulNoNan")
def mul_no_nan(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x * y``, and 0 where y is 0, even if x is infinite or no number."""
    zero = op.scalar(0, x)
    return where(op, op.Equal(y, zero), zero, op.Mul(x, y))


@tf_op("DivNoNan")
def div_no_nan(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x / y``, and 0 where y is 0."""
    zero = op.scalar(0, x)
    return where(op, op.Equal(y, zero), zero, op.Div(x, y))


@tf_op("Atan2")
def atan2(op: TensorFlowBuilder, y: ir.Value, x: ir.Value) -> ir.Value:
    """The angle of (x, y) in (-pi, pi]: atan(y / x), plus or minus pi where x is negative; 0 / 0 gives 0."""
    zero, pi = op.scalar(0, x), op.scalar(np.pi, x)
    upright = op.Equal(x, zero)
    angle = compute(op, "Atan", op.Div(y, where(op, upright, op.scalar(1, x), x)))
    turned = where(op, compare(op, "Less", y, zero), op.Neg(pi), pi)
    angle = op.Add(angle, where(op, compare(op, "Less", x, zero), turned, zero))
    return where(op, upright, op.Mul(op.Sign(y), op.scalar(np.pi / 2, x)), angle)
