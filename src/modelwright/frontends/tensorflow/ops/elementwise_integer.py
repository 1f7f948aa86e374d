"""Division, remainders and bits, whose meaning for negative numbers and small integers differs between frameworks."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import compute, is_float, is_signed, where


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
            raise op.fail(f"ONNX has {target} only since opset 18", hint="choose --opset 18 or newer")
        result: ir.Value = op.emit(target, [x, y])  # pyright: ignore[reportAssignmentType]
        return result

    convert.__doc__ = f"ONNX {target}, since opset 18."


for _source, _target in _BITS.items():
    _register_bits(_source, _target)


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
