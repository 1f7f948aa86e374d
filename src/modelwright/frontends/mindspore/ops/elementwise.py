"""Primitives of one or two tensors, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.dtypes import named_dtype
from modelwright.frontends.mindspore.operators import mindspore_op
from modelwright.hub.dtypes import FLOATS, INTEGERS

_UNARY: Final = {
    "Abs": "Abs",
    "ACos": "Acos",
    "Acosh": "Acosh",
    "Asin": "Asin",
    "Asinh": "Asinh",
    "Atan": "Atan",
    "Atanh": "Atanh",
    "Ceil": "Ceil",
    "Cos": "Cos",
    "Cosh": "Cosh",
    "Erf": "Erf",
    "Floor": "Floor",
    "IsNan": "IsNaN",
    "LogicalNot": "Not",
    "Neg": "Neg",
    "Reciprocal": "Reciprocal",
    "Sign": "Sign",
    "Sin": "Sin",
    "Sinh": "Sinh",
    "Sqrt": "Sqrt",
    "Tan": "Tan",
    "Tanh": "Tanh",
    "IsInf": "IsInf",
}
_BINARY: Final = {
    "Add": "Add",
    "Sub": "Sub",
    "Mul": "Mul",
    "Muls": "Mul",
    "Maximum": "Max",
    "Minimum": "Min",
    "Equal": "Equal",
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
    "Less": "Less",
    "LessEqual": "LessOrEqual",
    "LogicalAnd": "And",
    "LogicalOr": "Or",
    "LogicalXor": "Xor",
    "Pow": "Pow",
}


def _unary(name: str) -> Callable[[MindBuilder, Argument], ir.Value]:
    def convert(op: MindBuilder, x: Argument) -> ir.Value:
        return op.emit(name, [op.tensor(x)], {})  # pyright: ignore[reportReturnType]

    return convert


def _binary(name: str) -> Callable[[MindBuilder, Argument, Argument], ir.Value]:
    def convert(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
        return op.emit(name, list(op.pair(x, y)), {})  # pyright: ignore[reportReturnType]

    return convert


for _mind, _onnx in _UNARY.items():
    mindspore_op(_mind)(_unary(_onnx))
for _mind, _onnx in _BINARY.items():
    mindspore_op(_mind)(_binary(_onnx))


@mindspore_op("BitwiseAnd", "BitwiseOr", "BitwiseXor")
def bitwise(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """Bits of integers, which ONNX has from opset 18 on."""
    if op.opset < 18:
        raise op.fail("ONNX has it from opset 18 on", hint="convert with --opset 18")
    return op.emit(op.op_type, list(op.pair(x, y)), {})  # pyright: ignore[reportReturnType]


@mindspore_op("NotEqual")
def not_equal(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """Whether they differ."""
    return op.Not(op.Equal(*op.pair(x, y)))


@mindspore_op("Square")
def square(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Times itself."""
    return op.Mul(x, x)


@mindspore_op("SquaredDifference")
def squared_difference(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """The square of the difference."""
    return square(op, op.Sub(*op.pair(x, y)))


@mindspore_op("Rsqrt")
def rsqrt(op: MindBuilder, x: ir.Value) -> ir.Value:
    """One by the root."""
    return op.Reciprocal(op.Sqrt(x))


@mindspore_op("Exp", "Log")
def exponential(
    op: MindBuilder, x: ir.Value, *, base: float = -1.0, scale: float = 1.0, shift: float = 0.0
) -> ir.Value:
    """Natural exponentials and logarithms."""
    if (base, scale, shift) != (-1.0, 1.0, 0.0):
        raise op.fail(f"base {base}, scale {scale}, shift {shift}: only natural ones are read")
    return op.Exp(x) if op.op_type == "Exp" else op.Log(x)


@mindspore_op("Trunc")
def trunc(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Towards zero."""
    return op.Mul(op.Sign(x), op.Floor(op.Abs(x)))


@mindspore_op("Round")
def round_(op: MindBuilder, x: ir.Value, decimals: Argument = 0) -> ir.Value:
    """Halves to even."""
    if op.need_int(decimals, "decimals"):
        raise op.fail("it rounds to decimals")
    return op.Round(x)


@mindspore_op("Div", "RealDiv", "Divs")
def div(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """A quotient; that of integers is a float where the file says so."""
    a, b = op.pair(x, y)
    if op.dtype(a) in INTEGERS:
        if op.told is None or op.told not in FLOATS:
            raise op.fail("a quotient of integers whose dtype the file does not say")
        a, b = op.cast(a, op.told), op.cast(b, op.told)
    return op.Div(a, b)


@mindspore_op("TruncateDiv")
def truncate_div(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """A quotient, rounded towards zero."""
    a, b = op.pair(x, y)
    return op.Div(a, b) if op.dtype(a) in INTEGERS else trunc(op, op.Div(a, b))


@mindspore_op("FloorDiv")
def floor_div(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """A quotient, rounded down."""
    a, b = op.pair(x, y)
    if op.dtype(a) in INTEGERS:
        return op.Div(op.Sub(a, op.Mod(a, b)), b)
    return op.Floor(op.Div(a, b))


@mindspore_op("FloorMod", "RemainderTensorTensor")
def floor_mod(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """A remainder with the divisor's sign."""
    a, b = op.pair(x, y)
    if op.dtype(a) in INTEGERS:
        return op.Mod(a, b)
    rest = op.Mod(a, b, fmod=1)
    zero = op.scalar(0, rest)
    differs = op.And(op.Not(op.Equal(rest, zero)), op.Less(op.Mul(op.Sign(rest), op.Sign(b)), zero))
    return op.Where(differs, op.Add(rest, b), rest)


@mindspore_op("TruncateMod")
def truncate_mod(op: MindBuilder, x: Argument, y: Argument) -> ir.Value:
    """A remainder with the dividend's sign."""
    return op.Mod(*op.pair(x, y), fmod=1)


@mindspore_op("Select")
def select(op: MindBuilder, condition: ir.Value, x: Argument, y: Argument) -> ir.Value:
    """One or the other."""
    return op.Where(op.cast(condition, ir.DataType.BOOL), *op.pair(x, y))


@mindspore_op("Cast")
def cast(op: MindBuilder, x: Argument, dtype: Argument) -> ir.Value:
    """Another dtype."""
    wanted = named_dtype(op.need_int(dtype, "the dtype"))
    if wanted is None:
        raise op.fail(f"ONNX has no dtype for MindSpore's type {dtype}")
    return op.cast(op.tensor(x), wanted)


@mindspore_op("ClampScalar", "ClampTensor", "ClipByValue")
def clamp(op: MindBuilder, x: ir.Value, low: Argument = None, high: Argument = None) -> ir.Value:
    """Between bounds; where the lower exceeds the upper, the upper counts."""
    if low is not None:
        x = op.Max(*op.pair(x, low))
    return x if high is None else op.Min(*op.pair(x, high))


@mindspore_op("AddN")
def add_n(op: MindBuilder, items: Argument) -> ir.Value:
    """The sum of a tuple's tensors."""
    return op.Sum(*op.members(items))


@mindspore_op("BiasAdd")
def bias_add(op: MindBuilder, x: ir.Value, bias: ir.Value, data_format: Argument = 0) -> ir.Value:
    """A number for each channel, the second dimension."""
    if data_format not in (0, "NCHW", "NCDHW"):
        raise op.fail(f"its channels do not stand second (format {data_format})")
    return op.Add(x, op.along_channels(bias, x))


@mindspore_op("CumSum")
def cum_sum(op: MindBuilder, x: ir.Value, axis: Argument, exclusive: Argument = 0, reverse: Argument = 0) -> ir.Value:
    """Running sums."""
    along = op.constant(np.array(op.need_int(axis, "the axis"), np.int64))
    return op.CumSum(x, along, exclusive=int(bool(exclusive)), reverse=int(bool(reverse)))
