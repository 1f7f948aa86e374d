"""Arithmetic, comparisons and logic between tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import BOOL, FLOAT, INT32, INT64, LiteBuilder
from modelwright.backends.tflite.emission import may_be_infinite
from modelwright.backends.tflite.operators import lite_op
from modelwright.hub.dtypes import FLOATS, INTEGERS

UINT64 = ir.DataType.UINT64
_NARROW = frozenset({ir.DataType.INT8, ir.DataType.UINT8, ir.DataType.INT16, ir.DataType.UINT16, ir.DataType.INT32})


def _wrapping(op: LiteBuilder, name: str, a: ir.Value, b: ir.Value) -> Any:
    """An operator that computes the same modulo 2^64 whatever the sign."""
    if op.dtype(a) is UINT64:
        return op.bitcast(op.first(op.emit(name, [op.bitcast(a, INT64), op.bitcast(b, INT64)])), UINT64)
    return op.emit(name, [a, b])


def _with_infinities(op: LiteBuilder, result: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
    """A sum in which infinities that the model puts into masks stay: kernels cut results to finite numbers."""
    for value in (a, b):
        if may_be_infinite(value):
            result = op.SELECT_V2(op.EQUAL(op.ABS(value), op.scalar(np.inf, value)), value, result)
    return result


@lite_op("Add")
def add(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """``a + b``."""
    return _with_infinities(op, _wrapping(op, "ADD", a, b), a, b)


@lite_op("Sub")
def sub(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """``a - b``."""
    return _with_infinities(op, _wrapping(op, "SUB", a, b), a, op.NEG(b) if may_be_infinite(b) else b)


@lite_op("Mul")
def mul(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """``a * b``."""
    return _wrapping(op, "MUL", a, b)


@lite_op("Div")
def div(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """``a / b``; integers are rounded towards 0."""
    dtype = op.dtype(a)
    if dtype in FLOATS or dtype in _NARROW:
        return op.DIV(a, b)
    if dtype is UINT64:
        raise op.fail("TFLite does not divide uint64", hint="cast to int64 in the model")
    return op.cast(_divided(op, op.cast(a, INT64), op.cast(b, INT64)), dtype)


def _divided(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """64-bit integers divided with float32: what is left of the dividend is divided again, until it is exact.

    FLOOR_MOD is exact, and without the remainder the quotient is whole. Each round leaves an error 2^-22 times smaller.
    """
    rest = op.FLOOR_MOD(a, b)
    whole = op.SUB(a, rest)
    quotient = op.cast(op.ROUND(op.DIV(op.cast(whole, FLOAT), op.cast(b, FLOAT))), INT64)
    for _ in range(3):
        left = op.SUB(whole, op.MUL(quotient, b))
        quotient = op.ADD(quotient, op.cast(op.ROUND(op.DIV(op.cast(left, FLOAT), op.cast(b, FLOAT))), INT64))
    zero = op.constant(np.asarray(0, np.int64))
    below = op.LOGICAL_AND(op.NOT_EQUAL(rest, zero), op.NOT_EQUAL(op.LESS(a, zero), op.LESS(b, zero)))
    return op.ADD(quotient, op.cast(below, INT64))


@lite_op("Mod")
def mod(op: LiteBuilder, a: ir.Value, b: ir.Value, *, fmod: int = 0) -> ir.Value:
    """The remainder with the divisor's sign, or with ``fmod`` the dividend's."""
    if not fmod:
        return op.FLOOR_MOD(a, b)
    if op.dtype(a) is UINT64:
        raise op.fail("TFLite has no remainder of uint64")
    size, divisor = _magnitude(op, a), _magnitude(op, b)
    rest = op.FLOOR_MOD(size, divisor)
    return op.SELECT_V2(op.LESS(a, op.scalar(0, a)), op.NEG(rest), rest) if _signed(op, a) else rest


def _signed(op: LiteBuilder, x: ir.Value) -> bool:
    return not op.dtype(x).name.startswith("U")


def _magnitude(op: LiteBuilder, x: ir.Value) -> ir.Value:
    return op.MAXIMUM(x, op.NEG(x)) if _signed(op, x) else x


@lite_op("Pow")
def pow_(op: LiteBuilder, base: ir.Value, exponent: ir.Value) -> ir.Value:
    """``base ** exponent`` in the type of the base."""
    dtype, other = op.dtype(base), op.dtype(exponent)
    power = op.constant_value(exponent)
    if power is not None and power.size == 1 and dtype in FLOATS and power.reshape(-1)[0] == 2:
        return op.SQUARE(base)
    exact = dtype in _NARROW and other in INTEGERS and power is not None and bool((power >= 0).all())
    if exact:
        return op.POW(base, op.cast(exponent, dtype))
    if dtype in INTEGERS and dtype not in (INT64, UINT64, ir.DataType.UINT32):
        result = op.POW(op.cast(base, FLOAT), op.cast(exponent, FLOAT))
        return op.cast(result, dtype)
    if dtype in FLOATS:
        return op.cast(op.POW(op.cast(base, FLOAT), op.cast(exponent, FLOAT)), dtype)
    raise op.fail("TFLite has no power of 64-bit integers", hint="cast to float32 in the model")


def _folded(op: LiteBuilder, name: str, values: tuple[ir.Value, ...]) -> ir.Value:
    result = values[0]
    for value in values[1:]:
        result = op.first(op.emit(name, [result, value]))
    return result


@lite_op("Sum")
def sum_(op: LiteBuilder, *values: ir.Value) -> ir.Value:
    """The sum of all."""
    return _folded(op, "ADD", values)


@lite_op("Mean")
def mean(op: LiteBuilder, *values: ir.Value) -> ir.Value:
    """The mean of all."""
    total = _folded(op, "ADD", values)
    return op.MUL(total, op.scalar(1 / len(values), total)) if len(values) > 1 else total


def _extreme(op: LiteBuilder, name: str, values: tuple[ir.Value, ...]) -> ir.Value:
    """Of uint64 the order is that of the signed numbers with the highest bit flipped."""
    if op.dtype(values[0]) is not UINT64:
        return _folded(op, name, values)
    turn = op.constant(np.asarray(np.iinfo(np.int64).min, np.int64))
    flipped = tuple(op.ADD(op.bitcast(value, INT64), turn) for value in values)
    return op.bitcast(op.ADD(_folded(op, name, flipped), turn), UINT64)


@lite_op("Max")
def max_(op: LiteBuilder, *values: ir.Value) -> ir.Value:
    """The largest of all."""
    return _extreme(op, "MAXIMUM", values)


@lite_op("Min")
def min_(op: LiteBuilder, *values: ir.Value) -> ir.Value:
    """The smallest of all."""
    return _extreme(op, "MINIMUM", values)


_COMPARISONS = {
    "Equal": "EQUAL",
    "Greater": "GREATER",
    "GreaterOrEqual": "GREATER_EQUAL",
    "Less": "LESS",
    "LessOrEqual": "LESS_EQUAL",
}


@lite_op(*_COMPARISONS)
def comparison(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """A comparison."""
    if op.dtype(a) is UINT64:
        turn = op.constant(np.asarray(np.iinfo(np.int64).min, np.int64))
        a, b = op.ADD(op.bitcast(a, INT64), turn), op.ADD(op.bitcast(b, INT64), turn)
    return op.first(op.emit(_COMPARISONS[op.node.op_type], [a, b]))


@lite_op("And")
def and_(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Logical and."""
    return op.LOGICAL_AND(a, b)


@lite_op("Or")
def or_(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Logical or."""
    return op.LOGICAL_OR(a, b)


@lite_op("Xor")
def xor(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Logical exclusive or."""
    return op.NOT_EQUAL(a, b)


@lite_op("Not")
def not_(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """Logical not."""
    return op.LOGICAL_NOT(x)


@lite_op("Where")
def where(op: LiteBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` where the condition holds, else ``y``."""
    return op.SELECT_V2(condition, x, y)


@lite_op("BitwiseXor")
def bitwise_xor(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Exclusive or of the bits."""
    if op.dtype(a) in (INT64, UINT64):
        raise op.fail("TFLite has no bits of 64-bit integers", hint="use int32 in the model")
    return op.BITWISE_XOR(a, b)


@lite_op("BitwiseNot")
def bitwise_not(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """All bits turned."""
    ones = np.asarray(-1).astype(op.dtype(x).numpy())
    if op.dtype(x) in (INT64, UINT64):
        signed = op.bitcast(x, INT64)
        return op.bitcast(op.SUB(op.constant(np.asarray(-1, np.int64)), signed), op.dtype(x))
    return op.BITWISE_XOR(x, op.constant(ones))


@lite_op("BitwiseAnd")
def bitwise_and(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """And of the bits: half of what a sum has beyond the exclusive or."""
    return _common_bits(op, a, b)


@lite_op("BitwiseOr")
def bitwise_or(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Or of the bits: those that differ and those in common, which do not meet."""
    return op.BITWISE_XOR(op.BITWISE_XOR(a, b), _common_bits(op, a, b))


def _common_bits(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """``a & b = (a + b - (a ^ b)) / 2``, which int32 holds for types of up to 16 bits."""
    dtype = op.dtype(a)
    if dtype not in _NARROW - {INT32}:
        raise op.fail("TFLite has no and of the bits of 32-bit and 64-bit integers", hint="use int16 in the model")
    wide = [op.cast(value, INT32) for value in (a, b)]
    double = op.SUB(op.ADD(*wide), op.BITWISE_XOR(*wide))
    return op.cast(op.RIGHT_SHIFT(double, op.constant(np.asarray(1, np.int32))), dtype)


@lite_op("BitShift")
def bit_shift(op: LiteBuilder, x: ir.Value, amount: ir.Value, *, direction: str) -> ir.Value:
    """Unsigned numbers shifted; to the left by a product with a power of 2 from a table."""
    dtype = op.dtype(x)
    if dtype is UINT64 and direction == "RIGHT":
        raise op.fail("TFLite shifts no 64-bit integers", hint="use uint32 in the model")
    bits = dtype.bitwidth
    places = op.cast(amount, INT32) if dtype is not UINT64 else op.cast(op.bitcast(amount, INT64), INT32)
    outside = op.LOGICAL_OR(op.LESS(places, op.i32_scalar(0)), op.GREATER_EQUAL(places, op.i32_scalar(bits)))
    if direction == "RIGHT":
        within = op.SELECT_V2(outside, op.i32_scalar(bits - 1), places)
        shifted = op.RIGHT_SHIFT(x, op.cast(within, dtype))
        signed = not dtype.name.startswith("U")
        return shifted if signed else op.SELECT_V2(outside, op.constant(np.zeros((), dtype.numpy())), shifted)
    powers = np.array([(1 << place) % (1 << bits) for place in range(bits)] + [0], np.uint64).astype(np.int64)
    factor = op.GATHER(op.constant(powers), op.SELECT_V2(outside, op.i32_scalar(bits), places), axis=0)
    wide = op.bitcast(x, INT64) if dtype is UINT64 else op.cast(x, INT64)
    product = op.MUL(wide, factor)
    return op.bitcast(product, UINT64) if dtype is UINT64 else op.cast(product, dtype)


@lite_op("IsNaN")
def is_nan(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """What does not equal itself."""
    return op.NOT_EQUAL(x, x)


@lite_op("IsInf")
def is_inf(op: LiteBuilder, x: ir.Value, *, detect_negative: int = 1, detect_positive: int = 1) -> ir.Value:
    """Infinities, of both signs or one."""
    x = op.cast(x, FLOAT) if op.dtype(x) is not ir.DataType.DOUBLE else x
    bound = op.scalar(np.inf, x)
    if detect_negative and detect_positive:
        return op.EQUAL(op.ABS(x), bound)
    if not detect_negative and not detect_positive:
        return op.NOT_EQUAL(op.cast(x, BOOL), op.cast(x, BOOL))
    return op.EQUAL(x, bound if detect_positive else op.scalar(-np.inf, x))
