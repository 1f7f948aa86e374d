"""Arithmetic and comparisons of dtypes that older versions do not take, and operators with a later beginning."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS, INTEGERS
from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.rounding import round_half_even

_NARROW = frozenset((ir.DataType.INT8, ir.DataType.INT16, ir.DataType.UINT8, ir.DataType.UINT16))
_UNSIGNED = {
    ir.DataType.INT8: ir.DataType.UINT8,
    ir.DataType.INT16: ir.DataType.UINT16,
    ir.DataType.INT32: ir.DataType.UINT32,
    ir.DataType.INT64: ir.DataType.UINT64,
}
_MOST_POWER = 4


@lower("Round", version=11)
def lower_round(op: StepBuilder, x: ir.Value) -> ir.Value:
    """Halves go to the even number."""
    return round_half_even(op, x)


@lower("Equal", version=11)
def lower_equal(op: StepBuilder, a: ir.Value, b: ir.Value) -> Any:
    """Neither less nor greater, and no NaN, whose sum with anything is NaN."""
    dtype = op.known_dtype(a)
    if dtype in (ir.DataType.BOOL, ir.DataType.INT32, ir.DataType.INT64):
        return None
    differs = op.Or(op.Less(a, b), op.Greater(a, b))
    if dtype in FLOATS:
        differs = op.Or(differs, op.Or(op.IsNaN(a), op.IsNaN(b)))
    return op.Not(differs)


@lower("Max", "Min", version=12)
def lower_extreme(op: StepBuilder, *values: ir.Value) -> Any:
    """Integers are compared two by two."""
    if op.is_float(values[0]):
        return None
    result = values[0]
    compare = "Greater" if op.node.op_type == "Max" else "Less"
    for value in values[1:]:
        result = op.Where(op.one(op.emit(compare, [result, value])), result, value)
    return result if len(values) > 1 else op.Identity(result)


@lower("Pow", version=15)
@lower("Pow", version=13)
def lower_pow_bfloat(op: StepBuilder, x: ir.Value, y: ir.Value) -> Any:
    """An exponent in bfloat16 is cast to float32, which holds it."""
    if op.known_dtype(y) is not ir.DataType.BFLOAT16 or op.opset < 13:
        return None
    return op.Pow(x, op.Cast(y, to=int(ir.DataType.FLOAT)))


@lower("Pow", version=12)
def lower_pow(op: StepBuilder, x: ir.Value, y: ir.Value) -> Any:
    """Both of one real dtype; small constant powers of integers are products."""
    base, exponent = op.known_dtype(x), op.known_dtype(y)
    if base in FLOATS:
        return op.Pow(x, op.cast(y, base)) if exponent is not base else None
    number = op.array(y)
    if number is not None and number.size == 1 and float(number.reshape(-1)[0]) in range(1, _MOST_POWER + 1):
        result = x
        for _ in range(int(number.reshape(-1)[0]) - 1):
            result = op.Mul(result, x)
        return result if result is not x else op.Identity(x)
    if base is not ir.DataType.INT32:
        raise op.fail("powers of int64 would not be exact", hint="cast the base to float", since=12)
    double = ir.DataType.DOUBLE
    return op.Cast(op.Pow(op.Cast(x, to=int(double)), op.cast(y, double)), to=int(base))


@lower("Mod", version=28)
def lower_floored(op: StepBuilder, a: ir.Value, b: ir.Value, *, fmod: int = 0) -> Any:
    """Of real numbers: the remainder of C, put on the divisor's side."""
    if fmod or not op.is_float(a):
        return None
    rest = op.Mod(a, b, fmod=1)
    zero = op.scalar(0.0, a)
    other_side = op.Less(op.Mul(op.Sign(rest), op.Sign(b)), zero)
    signed = op.Where(other_side, op.Add(rest, b), rest)
    return op.Where(op.Equal(signed, zero), op.Mul(zero, op.Sign(b)), signed)


@lower("Mod", version=10)
def lower_mod(op: StepBuilder, a: ir.Value, b: ir.Value, *, fmod: int = 0) -> Any:
    """``a - b * (a / b)``, the quotient cut, and for integers put on the divisor's side."""
    if op.is_float(a):
        raise op.fail("remainders of real numbers would not be exact", since=10)
    kind = op.known_dtype(a)
    wide = ir.DataType.INT32 if kind in _NARROW else kind
    first, second = op.cast(a, wide), op.cast(b, wide)
    rest = op.Sub(first, op.Mul(op.Div(first, second), second))
    if fmod or kind not in _UNSIGNED:
        return op.cast(rest, kind)
    zero = op.constant(np.asarray(0, wide.numpy()))
    other_side = op.Or(
        op.And(op.Less(rest, zero), op.Greater(second, zero)), op.And(op.Greater(rest, zero), op.Less(second, zero))
    )
    return op.cast(op.Where(other_side, op.Add(rest, second), rest), kind)


@lower("IsInf", version=20)
def lower_isinf_half(op: StepBuilder, x: ir.Value, *, detect_negative: int = 1, detect_positive: int = 1) -> Any:
    """Short floats are looked at in float32."""
    if op.known_dtype(x) in (ir.DataType.FLOAT, ir.DataType.DOUBLE):
        return None
    wide = op.Cast(x, to=int(ir.DataType.FLOAT))
    return op.IsInf(wide, detect_negative=detect_negative, detect_positive=detect_positive)


@lower("IsInf", version=10)
def lower_isinf(op: StepBuilder, x: ir.Value, *, detect_negative: int = 1, detect_positive: int = 1) -> Any:
    """Beyond the largest finite number."""
    most = float(np.finfo(op.known_dtype(x).numpy()).max)
    above, below = op.Greater(x, op.scalar(most, x)), op.Less(x, op.scalar(-most, x))
    if detect_positive and detect_negative:
        return op.Or(above, below)
    if detect_positive or detect_negative:
        return above if detect_positive else below
    return op.And(above, below)


@lower("BitShift", version=28)
def lower_signed_shift(op: StepBuilder, x: ir.Value, y: ir.Value, *, direction: str) -> Any:
    """Of signed numbers: the bits of the unsigned one; to the right, what is negative is turned over and back."""
    dtype = op.known_dtype(x)
    if dtype not in _UNSIGNED:
        return None
    bits, amount = op.Cast(x, to=int(_UNSIGNED[dtype])), op.Cast(y, to=int(_UNSIGNED[dtype]))
    if direction == "LEFT":
        return op.Cast(op.BitShift(bits, amount, direction="LEFT"), to=int(dtype))
    minus_one = op.constant(np.asarray(-1, dtype.numpy()))
    negative = op.Less(x, op.constant(np.asarray(0, dtype.numpy())))
    turned = op.Where(negative, op.Sub(minus_one, x), x)
    shifted = op.BitShift(op.Cast(turned, to=int(_UNSIGNED[dtype])), amount, direction="RIGHT")
    back = op.Cast(shifted, to=int(dtype))
    return op.Where(negative, op.Sub(minus_one, back), back)


@lower("BitShift", version=11)
def lower_shift(op: StepBuilder, x: ir.Value, y: ir.Value, *, direction: str) -> Any:
    """A product with, or quotient by, a power of two, up to 31 places."""
    dtype = op.known_dtype(x)
    wide = ir.DataType.UINT64
    if dtype is wide:
        raise op.fail("shifts of 64 bits would not be exact", since=11)
    power = op.Pow(op.constant(np.asarray(2.0)), op.Cast(y, to=int(ir.DataType.DOUBLE)))
    factor = op.Cast(power, to=int(wide))
    moved = op.emit("Mul" if direction == "LEFT" else "Div", [op.Cast(x, to=int(wide)), factor])
    return op.Cast(op.one(moved), to=int(dtype))


@lower("BitwiseAnd", "BitwiseOr", "BitwiseXor", version=18)
def lower_bitwise(op: StepBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Bit by bit, along a new last axis: products, and sums of products."""
    dtype = op.known_dtype(a)
    width = int(dtype.itemsize) * 8
    first, second = _bits(op, a, dtype), _bits(op, b, dtype)
    both = op.And(first, second) if op.node.op_type == "BitwiseAnd" else None
    either = op.Xor(first, second) if op.node.op_type == "BitwiseXor" else op.Or(first, second)
    weights = (np.uint64(1) << np.arange(width, dtype=np.uint64)).view(np.int64)
    picked = op.Where(both if both is not None else either, op.constant(weights), op.constant(np.asarray(0)))
    return op.Cast(op.reduce("ReduceSum", picked, [op.known_rank(picked) - 1], keepdims=False), to=int(dtype))


def _bits(op: StepBuilder, x: ir.Value, dtype: ir.DataType) -> ir.Value:
    """The bits of each number, the lowest first, along a new last axis."""
    unsigned = op.cast(op.cast(x, _UNSIGNED.get(dtype, dtype)), ir.DataType.UINT64)
    column = op.unsqueeze(unsigned, [op.known_rank(x)])
    weights = op.constant(np.uint64(1) << np.arange(int(dtype.itemsize) * 8, dtype=np.uint64))
    shifted = op.Div(column, weights)
    two = op.constant(np.asarray(2, np.uint64))
    odd = op.Sub(shifted, op.Mul(op.Div(shifted, two), two))
    return op.Cast(odd, to=int(ir.DataType.BOOL))


@lower("BitwiseNot", version=18)
def lower_bitwise_not(op: StepBuilder, x: ir.Value) -> ir.Value:
    """``-1 - x``, or the largest number less ``x``."""
    dtype = op.known_dtype(x)
    if dtype not in INTEGERS:
        raise op.fail(f"bits of {dtype.name.lower()}", since=18)
    ones = -1 if dtype in _UNSIGNED else np.iinfo(dtype.numpy()).max
    return op.Sub(op.constant(np.asarray(ones, dtype.numpy())), x)
