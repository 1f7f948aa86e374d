"""Division, remainders and bits, whose meaning for negative numbers and small integers differs between frameworks."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import is_float, is_signed
from modelwright.hub.kernels import compute, where


@tf_op("Div", "TruncateDiv")
def truncate_div(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x / y``; integers round towards zero, as ONNX's Div."""
    return compute(op, "Div", x, y)


@tf_op("FloorDiv")
def floor_div(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x / y`` rounded down.

    Signed integers: the remainder r that has the sign of y makes (x - r) / y exact.
    """
    dtype = op.dtype(x)
    if is_float(dtype):
        return op.Floor(compute(op, "Div", x, y))
    if not is_signed(dtype) or _never_negative(op, x, y):
        return compute(op, "Div", x, y)
    return compute(op, "Div", compute(op, "Sub", x, op.Mod(x, y)), y)


def _never_negative(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> bool:
    """Whether both operands are dimensions, products of them or constants that are not negative."""
    for value in (x, y):
        known = op.shapes.contents(value)
        if known is None or any(not isinstance(item, str | int) for item in known.reshape(-1).tolist()):
            return False
        if any(isinstance(item, int) and item < 0 for item in known.reshape(-1).tolist()):
            return False
    return True


@tf_op("FloorMod")
def floor_mod(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The remainder with the sign of y; ONNX's Mod does so for integers, floats are y * (x / y - floor(x / y))."""
    if not is_float(op.dtype(x)):
        return op.Mod(x, y)
    remainder = op.Mod(x, y, fmod=1)
    zero = op.scalar(0, x)
    wrong_side = op.And(op.Not(op.Equal(remainder, zero)), op.Xor(op.Less(remainder, zero), op.Less(y, zero)))
    return where(op, wrong_side, op.Add(remainder, y), remainder)


@tf_op("Mod", "TruncateMod")
def truncate_mod(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The remainder with the sign of x, C's fmod."""
    return op.Mod(x, y, fmod=1)


_BITS = {"BitwiseAnd": "BitwiseAnd", "BitwiseOr": "BitwiseOr", "BitwiseXor": "BitwiseXor"}


def _register_bits(source: str, target: str) -> None:
    @tf_op(source)
    def convert(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        if op.opset < 18:
            return _bit_by_bit(op, target.removeprefix("Bitwise"), x, y)
        result: ir.Value = op.emit(target, [x, y])  # pyright: ignore[reportAssignmentType]
        return result

    convert.__doc__ = f"ONNX {target}, since opset 18; bit by bit before."


for _source, _target in _BITS.items():
    _register_bits(_source, _target)


def _bit_by_bit(op: TensorFlowBuilder, logical: str, x: ir.Value, y: ir.Value) -> ir.Value:
    """The bits on a new last axis, joined by a logical operator and added up again with their weights."""
    width = int(8 * op.dtype(x).itemsize)
    bits = [_bits(op, value, width) for value in (x, y)]
    joined: ir.Value = op.emit(logical, bits)  # pyright: ignore[reportAssignmentType]
    digits = op.cast(joined, ir.DataType.INT64)
    if width <= _HALF:
        return op.cast(_weighted_sum(op, digits, width), op.dtype(x))
    low = _weighted_sum(op, op.slice(digits, [0], [_HALF], axes=[-1]), _HALF)
    high = _weighted_sum(op, op.slice(digits, [_HALF], [None], axes=[-1]), _HALF)
    return op.cast(op.Add(op.Mul(high, op.constant(np.int64(2**_HALF))), low), op.dtype(x))


_HALF = 32
"""Bits that are added up at once: ONNX Runtime sums int64 with the precision of a double."""


def _weighted_sum(op: TensorFlowBuilder, digits: ir.Value, width: int) -> ir.Value:
    """The number that ``width`` binary digits on the last axis make, the lowest digit first."""
    weights = op.constant(np.left_shift(np.int64(1), np.arange(width, dtype=np.int64)))
    return op.reduce("ReduceSum", op.Mul(digits, weights), [-1], keepdims=False)


def _bits(op: TensorFlowBuilder, x: ir.Value, width: int) -> ir.Value:
    """[..., width] bool: the bits of each number, the lowest first."""
    wide = op.unsqueeze(op.cast(x, ir.DataType.UINT64), [-1])
    shifted = op.BitShift(wide, op.constant(np.arange(width, dtype=np.uint64)), direction="RIGHT")
    return op.cast(op.Mod(shifted, op.constant(np.uint64(2))), ir.DataType.BOOL)


@tf_op("Invert")
def invert(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """All bits flipped: -1 - x for signed integers, the largest number minus x for unsigned ones."""
    top = -1 if is_signed(op.dtype(x)) else 2 ** (8 * op.dtype(x).itemsize) - 1
    return compute(op, "Sub", op.scalar(top, x), x)


@tf_op("LeftShift")
def left_shift(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` with its bits moved up by y."""
    return _shift(op, x, y, "LEFT")


@tf_op("RightShift")
def right_shift(op: TensorFlowBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` with its bits moved down by y, the sign filled in: x divided by 2 ** y and rounded down."""
    if is_signed(op.dtype(x)):
        divisor = _shift(op, op.scalar(1, x), y, "LEFT")
        return floor_div(op, x, divisor)
    return _shift(op, x, y, "RIGHT")


def _shift(op: TensorFlowBuilder, x: ir.Value, y: ir.Value, direction: str) -> ir.Value:
    """Shifts through the 64-bit unsigned type, which keeps the low bits of negative numbers."""
    wide = ir.DataType.UINT64
    shifted: ir.Value = op.BitShift(op.cast(x, wide), op.cast(y, wide), direction=direction)
    return op.cast(shifted, op.dtype(x))
