"""Elementwise arithmetic, comparisons and logic."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.kernels import compare, compute, where

_UNARY = {
    "ABS": "Abs",
    "NEG": "Neg",
    "SIGN": "Sign",
    "CEIL": "Ceil",
    "FLOOR": "Floor",
    "ROUND": "Round",
    "SQRT": "Sqrt",
    "EXP": "Exp",
    "LOG": "Log",
    "SIN": "Sin",
    "COS": "Cos",
    "LOGICAL_NOT": "Not",
}
"""TFLite operator to the ONNX operator that means the same, one tensor in, one out."""

_BINARY = {
    "ADD": "Add",
    "SUB": "Sub",
    "MUL": "Mul",
    "MAXIMUM": "Max",
    "MINIMUM": "Min",
    "POW": "Pow",
    "DIV": "Div",
    "LOGICAL_AND": "And",
    "LOGICAL_OR": "Or",
}
"""The same for two tensors that broadcast; DIV of integers truncates in both."""

_COMPARISONS = {
    "LESS": "Less",
    "LESS_EQUAL": "LessOrEqual",
    "GREATER": "Greater",
    "GREATER_EQUAL": "GreaterOrEqual",
    "EQUAL": "Equal",
}


def _register_unary(source: str, target: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
        return compute(op, target, x)

    convert.__doc__ = f"ONNX {target}."


def _register_binary(source: str, target: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return compute(op, target, x, y)

    convert.__doc__ = f"ONNX {target}, which broadcasts alike."


def _register_comparison(source: str, target: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return compare(op, target, x, y)

    convert.__doc__ = f"ONNX {target}."


for _source, _target in _UNARY.items():
    _register_unary(_source, _target)
for _source, _target in _BINARY.items():
    _register_binary(_source, _target)
for _source, _target in _COMPARISONS.items():
    _register_comparison(_source, _target)


@tflite_op("NOT_EQUAL")
def not_equal(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Whether two numbers differ."""
    return op.Not(compare(op, "Equal", x, y))


@tflite_op("ADD_N")
def add_n(op: TFLiteBuilder, *values: ir.Value) -> ir.Value:
    """The sum of all inputs, which have one shape."""
    total = values[0]
    for value in values[1:]:
        total = compute(op, "Add", total, value)
    return total


@tflite_op("SQUARE")
def square(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """``x * x``."""
    return compute(op, "Mul", x, x)


@tflite_op("RSQRT")
def rsqrt(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """1 / sqrt(x)."""
    return op.Reciprocal(op.Sqrt(x))


@tflite_op("SQUARED_DIFFERENCE")
def squared_difference(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """(x - y) * (x - y)."""
    difference = compute(op, "Sub", x, y)
    return compute(op, "Mul", difference, difference)


@tflite_op("FLOOR_DIV")
def floor_div(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x / y`` rounded down; the remainder r that has the sign of y makes (x - r) / y exact for integers."""
    if op.dtype(x) in FLOATS:
        return op.Floor(op.Div(x, y))
    return compute(op, "Div", compute(op, "Sub", x, op.Mod(x, y)), y)


@tflite_op("FLOOR_MOD")
def floor_mod(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The remainder with the sign of y; ONNX's Mod does so for integers."""
    if op.dtype(x) not in FLOATS:
        return op.Mod(x, y)
    remainder = op.Mod(x, y, fmod=1)
    zero = op.scalar(0, x)
    other_side = op.And(op.Not(op.Equal(remainder, zero)), op.Xor(op.Less(remainder, zero), op.Less(y, zero)))
    return op.Where(other_side, op.Add(remainder, y), remainder)


@tflite_op("ATAN2")
def atan2(op: TFLiteBuilder, y: ir.Value, x: ir.Value) -> ir.Value:
    """The angle of (x, y) in (-pi, pi]: atan(y / x), plus or minus pi where x is negative."""
    zero, pi = op.scalar(0, x), op.scalar(np.pi, x)
    upright = op.Equal(x, zero)
    angle = op.Atan(op.Div(y, op.Where(upright, op.scalar(1, x), x)))
    turned = op.Where(op.Less(y, zero), op.Neg(pi), pi)
    angle = op.Add(angle, op.Where(op.Less(x, zero), turned, zero))
    return op.Where(upright, op.Mul(op.Sign(y), op.scalar(np.pi / 2, x)), angle)


@tflite_op("CAST")
def cast(op: TFLiteBuilder, x: ir.Value, *, in_data_type: str = "float32", out_data_type: str = "float32") -> ir.Value:
    """Another dtype; that of the result tensor, for old files do not say it in the options."""
    del in_data_type, out_data_type
    dtype = op.node.outputs[0].dtype
    if dtype is None:
        raise op.fail("casts to a resource")
    return op.cast(x, dtype)


@tflite_op("SELECT_V2")
def select_v2(op: TFLiteBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` where the condition holds, else ``y``; all three broadcast."""
    return where(op, condition, x, y)


@tflite_op("SELECT")
def select(op: TFLiteBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``SELECT_V2`` without broadcasting; a condition of rank 1 chooses rows."""
    rank, rows = op.rank(x), op.rank(condition)
    if rank is not None and rows == 1 and rank > 1:
        condition = op.unsqueeze(condition, list(range(1, rank)))
    return where(op, condition, x, y)


@tflite_op("BITWISE_XOR")
def bitwise_xor(op: TFLiteBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Bits that differ."""
    if op.dtype(x) is ir.DataType.BOOL:
        return op.Xor(x, y)
    if op.opset < 18:
        raise op.fail("bits can be combined since opset 18", hint="choose --opset 18")
    return op.BitwiseXor(x, y)
