"""Operators of one or two tensors, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import cast, constant, scalar
from modelwright.errors import ConversionError
from modelwright.hub.dtypes import FLOATS, INTEGERS

_UNARY: Final = {
    "Abs": "Abs",
    "Acos": "ACos",
    "Acosh": "Acosh",
    "Asin": "Asin",
    "Asinh": "Asinh",
    "Atan": "Atan",
    "Atanh": "Atanh",
    "Ceil": "Ceil",
    "Cos": "Cos",
    "Cosh": "Cosh",
    "Erf": "Erf",
    "Exp": "Exp",
    "Floor": "Floor",
    "Neg": "Neg",
    "Not": "LogicalNot",
    "Reciprocal": "Reciprocal",
    "Relu": "ReLU",
    "Sigmoid": "Sigmoid",
    "Sign": "Sign",
    "Sin": "Sin",
    "Sinh": "Sinh",
    "Sqrt": "Sqrt",
    "Tan": "Tan",
    "Tanh": "Tanh",
}
_BINARY: Final = {
    "Add": "Add",
    "Sub": "Sub",
    "Mul": "Mul",
    "Equal": "Equal",
    "Greater": "Greater",
    "GreaterOrEqual": "GreaterEqual",
    "Less": "Less",
    "LessOrEqual": "LessEqual",
    "And": "LogicalAnd",
    "Or": "LogicalOr",
    "Xor": "LogicalXor",
    "BitwiseAnd": "BitwiseAnd",
    "BitwiseOr": "BitwiseOr",
    "BitwiseXor": "BitwiseXor",
}
_REDUCED: Final = {"Max": "Maximum", "Min": "Minimum", "Sum": "Add"}


def _unary(name: str) -> Callable[[Emitter, ir.Value], Term]:
    def convert(e: Emitter, x: ir.Value) -> Term:
        return e.op(name, e.term(x))

    return convert


def _binary(name: str) -> Callable[[Emitter, ir.Value, ir.Value], Term]:
    def convert(e: Emitter, a: ir.Value, b: ir.Value) -> Term:
        return e.op(name, e.term(a), e.term(b))

    return convert


def _variadic(name: str) -> Callable[..., Term]:
    def convert(e: Emitter, *values: ir.Value) -> Term:
        result = e.term(values[0])
        for value in values[1:]:
            result = e.op(name, result, e.term(value))
        return result

    return convert


for _onnx, _mind in _UNARY.items():
    mind_op(_onnx)(_unary(_mind))
for _onnx, _mind in _BINARY.items():
    mind_op(_onnx)(_binary(_mind))
for _onnx, _mind in _REDUCED.items():
    mind_op(_onnx)(_variadic(_mind))


@mind_op("Mean")
def mean(e: Emitter, *values: ir.Value) -> Term:
    """The sum, divided."""
    total = _variadic("Add")(e, *values)
    return e.op("Div", total, scalar(e, len(values), e.kind(values[0]).dtype))


@mind_op("Div")
def div(e: Emitter, a: ir.Value, b: ir.Value) -> Term:
    """Integers are divided towards zero."""
    if e.kind(a).dtype in INTEGERS:
        return e.op("TruncateDiv", e.term(a), e.term(b), old=True)
    return e.op("Div", e.term(a), e.term(b))


@mind_op("Pow")
def power(e: Emitter, x: ir.Value, y: ir.Value) -> Term:
    """A power; MindSpore wants one dtype."""
    dtypes = e.kind(x).dtype, e.kind(y).dtype
    if dtypes[0] == dtypes[1]:
        return e.op("Pow", e.term(x), e.term(y))
    wide = dtypes[0] if dtypes[0] in FLOATS else ir.DataType.DOUBLE
    return cast(e, e.op("Pow", cast(e, e.term(x), wide), cast(e, e.term(y), wide)), dtypes[0])


@mind_op("Mod")
def mod(e: Emitter, a: ir.Value, b: ir.Value, *, fmod: int = 0) -> Term:
    """The sign is the divisor's, with ``fmod`` the dividend's."""
    if e.kind(a).dtype in INTEGERS:
        if not fmod:
            return e.op("FloorMod", e.term(a), e.term(b))
        quotient = e.op("TruncateDiv", e.term(a), e.term(b), old=True)
        return e.op("Sub", e.term(a), e.op("Mul", quotient, e.term(b)))
    if not fmod:
        raise ConversionError("MindSpore's remainders of floats differ for infinite and negative numbers")
    return e.op("TruncateMod", e.term(a), e.term(b), old=True)


@mind_op("Log")
def log(e: Emitter, x: ir.Value) -> Term:
    """The natural logarithm."""
    return e.op("Log", e.term(x))


@mind_op("Round")
def round_(e: Emitter, x: ir.Value) -> Term:
    """Halves to even."""
    return e.op("Round", e.term(x), 0)


@mind_op("Identity")
def identity(e: Emitter, x: ir.Value) -> Term:
    """The value itself, under a name of its own."""
    return e.term(x)


@mind_op("Dropout", ignores=("seed",))
def dropout(
    e: Emitter, x: ir.Value, ratio: ir.Value | None = None, training: ir.Value | None = None
) -> tuple[Term, Term]:
    """Nothing is dropped when nobody trains."""
    del ratio
    if training is not None and constant(e, training, "its mode").any():
        raise ConversionError("it trains")
    return e.term(x), e.op("Equal", e.term(x), e.term(x))


@mind_op("IsNaN")
def is_nan(e: Emitter, x: ir.Value) -> Term:
    """NaN differs from itself."""
    return e.op("NotEqual", e.term(x), e.term(x))


@mind_op("IsInf")
def is_inf(e: Emitter, x: ir.Value, *, detect_negative: int = 1, detect_positive: int = 1) -> Term:
    """Infinity of either sign."""
    dtype = e.kind(x).dtype
    found = [
        e.op("Equal", e.term(x), scalar(e, number, dtype))
        for number, wanted in ((np.inf, detect_positive), (-np.inf, detect_negative))
        if wanted
    ]
    if not found:
        raise ConversionError("it detects neither sign")
    return found[0] if len(found) == 1 else e.op("LogicalOr", *found)


@mind_op("Cast", ignores=("saturate", "round_mode"))
def cast_(e: Emitter, x: ir.Value, *, to: int) -> Term:
    """Another dtype."""
    dtype = ir.DataType(to)
    if e.kind(x).dtype in FLOATS and dtype == ir.DataType.BOOL:
        return e.op("NotEqual", e.term(x), scalar(e, 0, e.kind(x).dtype))
    return cast(e, e.term(x), dtype)


@mind_op("Where")
def where(e: Emitter, condition: ir.Value, a: ir.Value, b: ir.Value) -> Term:
    """One or the other."""
    return e.op("Select", e.term(condition), e.term(a), e.term(b))


@mind_op("Clip")
def clip(e: Emitter, x: ir.Value, low: ir.Value | None = None, high: ir.Value | None = None) -> Term:
    """Between bounds; where the lower exceeds the upper, the upper counts."""
    result = e.term(x)
    if low is not None:
        result = e.op("Maximum", result, e.term(low))
    return result if high is None else e.op("Minimum", result, e.term(high))


@mind_op("Einsum")
def einsum(e: Emitter, a: ir.Value, b: ir.Value, *, equation: str) -> Term:
    """Only what is a product of matrices over equal leading axes."""
    left, _, right = equation.replace(" ", "").partition("->")
    first, _, second = left.partition(",")
    same = first[:-2] == second[:-2] and len(first) >= 2
    if same and first[-1] == second[-2] and right == first[:-1] + second[-1]:
        return e.op("BatchMatMul" if len(first) > 2 else "MatMul", e.term(a), e.term(b), False, False)
    if same and first[-1] == second[-1] and right == first[:-1] + second[-2]:
        return e.op("BatchMatMul" if len(first) > 2 else "MatMul", e.term(a), e.term(b), False, True)
    raise ConversionError(f"its equation {equation!r} is no product of matrices")


@mind_op("CumSum")
def cum_sum(e: Emitter, x: ir.Value, axis: ir.Value, *, exclusive: int = 0, reverse: int = 0) -> Term:
    """Running sums."""
    along = int(constant(e, axis, "its axis"))
    rank = len(e.kind(x).shape)
    return e.op("CumSum", e.term(x), along % rank, bool(exclusive), bool(reverse))
