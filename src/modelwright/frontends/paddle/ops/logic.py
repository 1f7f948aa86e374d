"""Comparisons, logic, bits and tests of numbers."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.ops.elementwise import broadcastable
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.kernels import compare, compute, where

_COMPARISONS = {
    "less_than": "Less",
    "less_equal": "LessOrEqual",
    "greater_than": "Greater",
    "greater_equal": "GreaterOrEqual",
}
_LOGIC = {"logical_and": "And", "logical_or": "Or", "logical_xor": "Xor"}
_BITS = {"bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor"}
_BITS_OF_BOOLEANS = {"bitwise_and": "And", "bitwise_or": "Or", "bitwise_xor": "Xor"}


def _register_comparison(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
        x, y = _comparable(op, *broadcastable(op, x, y, axis))
        return compare(op, target, x, y)

    convert.__doc__ = f"ONNX {target}."


def _comparable(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> tuple[ir.Value, ir.Value]:
    if op.dtype(x) is ir.DataType.BOOL:
        return op.cast(x, ir.DataType.INT32), op.cast(y, ir.DataType.INT32)
    return x, y


for _source, _target in _COMPARISONS.items():
    _register_comparison(_source, _target)


@paddle_op("equal")
def equal(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """Whether elements are equal."""
    return op.Equal(*broadcastable(op, x, y, axis))


@paddle_op("not_equal")
def not_equal(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """Whether elements differ."""
    return op.Not(op.Equal(*broadcastable(op, x, y, axis)))


@paddle_op("equal_all")
def equal_all(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Whether all elements are equal, of rank 0."""
    same = op.cast(op.Equal(*op.aligned(x, y)), ir.DataType.INT32)
    return op.cast(op.reduce("ReduceMin", same, None, keepdims=False), ir.DataType.BOOL)


def _truth(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    return op.cast(x, ir.DataType.BOOL)


def _register_logic(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return op.emit(target, [_truth(op, x), _truth(op, y)])  # pyright: ignore[reportReturnType]

    convert.__doc__ = f"ONNX {target}; any number but 0 is true."


for _source, _target in _LOGIC.items():
    _register_logic(_source, _target)


@paddle_op("logical_not")
def logical_not(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Whether an element is 0 or false."""
    return op.Not(_truth(op, x))


def _register_bits(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        if op.dtype(x) is ir.DataType.BOOL:
            return op.emit(_BITS_OF_BOOLEANS[source], [x, y])  # pyright: ignore[reportReturnType]
        op.need_opset(18, target)
        return op.emit(target, list(op.aligned(x, y)))  # pyright: ignore[reportReturnType]

    convert.__doc__ = f"ONNX {target}; of booleans the logic operator."


for _source, _target in _BITS.items():
    _register_bits(_source, _target)


@paddle_op("bitwise_not")
def bitwise_not(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """All bits turned: ``-x - 1`` of signed integers."""
    if op.dtype(x) is ir.DataType.BOOL:
        return op.Not(x)
    if op.dtype(x) is ir.DataType.UINT8:
        return compute(op, "Sub", op.scalar(255, x), x)
    return compute(op, "Sub", op.scalar(-1, x), x)


@paddle_op("isnan", "isnan_v2")
def isnan(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Whether elements are not numbers."""
    return op.IsNaN(x) if op.dtype(x) in FLOATS else _never(op, x)


@paddle_op("isinf", "isinf_v2")
def isinf(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Whether elements are infinite."""
    return op.IsInf(x) if op.dtype(x) in FLOATS else _never(op, x)


@paddle_op("isfinite", "isfinite_v2")
def isfinite(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Whether elements are numbers and not infinite."""
    if op.dtype(x) not in FLOATS:
        return op.Not(_never(op, x))
    return op.Not(op.Or(op.IsNaN(x), op.IsInf(x)))


def _never(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    return op.Not(op.Equal(x, x))


@paddle_op("isclose")
def isclose(
    op: PaddleBuilder,
    x: ir.Value,
    y: ir.Value,
    rtol: ir.Value | None = None,
    atol: ir.Value | None = None,
    *,
    equal_nan: bool = False,
) -> ir.Value:
    """Whether ``|x - y| <= atol + rtol |y|``."""
    limits = [op.number(1e-5 if rtol is None else rtol, x), op.number(1e-8 if atol is None else atol, x)]
    near = op.LessOrEqual(op.Abs(op.Sub(x, y)), op.Add(limits[1], op.Mul(limits[0], op.Abs(y))))
    near = op.Or(near, op.Equal(x, y))
    return op.Or(near, op.And(op.IsNaN(x), op.IsNaN(y))) if equal_nan else near


@paddle_op("where")
def where_(op: PaddleBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``x`` where the condition holds, else ``y``."""
    x, y = op.aligned(x, y)
    return where(op, op.cast(condition, ir.DataType.BOOL), x, y)


@paddle_op("masked_fill")
def masked_fill(op: PaddleBuilder, x: ir.Value, mask: ir.Value, value: ir.Value) -> ir.Value:
    """``value`` where the mask is true, else ``x``."""
    return where(op, mask, op.cast(value, op.dtype(x)), x)


@paddle_op("is_empty")
def is_empty(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Whether there is no element."""
    return op.Equal(op.Size(x), np.asarray(0, np.int64))
