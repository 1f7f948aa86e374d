"""Operators that compute with integers, as ones on real numbers, for targets whose kernels take no such integers.

Source: the definitions of QLinearConv, QLinearMatMul, ConvInteger and MatMulInteger in the ONNX standard.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder

INTEGER: Final = ("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger")
"""The operators."""

_EXACT: Final = 1 << 24
"""Below it float32 holds every integer."""

_LARGEST: Final = 255 * 255


def in_real_numbers(node: ir.Node, op: OpsetBuilder) -> tuple[ir.Value, ...]:
    """Emits what takes the place of a node's outputs.

    QLinear operators become the real one between DequantizeLinear and QuantizeLinear; the others compute in float32
    where that holds all sums of products, else in float64.

    Args:
        node: One of ``INTEGER``.
        op: Emits in front of it.

    Raises:
        ConversionError: Sizes that matter are not known.
    """
    values = [*node.inputs, *[None] * 9]
    attributes = {item.name: item.value for item in node.attributes.values()}
    match node.op_type:
        case "QLinearConv":
            result = _qlinear_conv(op, values, attributes)
        case "QLinearMatMul":
            result = _qlinear_matmul(op, values)
        case "ConvInteger":
            result = _conv_integer(op, values, attributes)
        case _:
            result = _matmul_integer(op, values)
    return (result,)


def _qlinear_conv(op: OpsetBuilder, values: list[ir.Value | None], attributes: dict[str, Any]) -> ir.Value:
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias = values[:9]
    inputs = [op.DequantizeLinear(x, x_scale, x_zero), op.DequantizeLinear(w, w_scale, w_zero, axis=0)]
    if bias is not None and x_scale is not None and w_scale is not None:
        factor = op.Mul(op.reshape(x_scale, [-1]), op.reshape(w_scale, [-1]))
        inputs.append(op.Mul(op.cast(bias, ir.DataType.FLOAT), factor))
    return op.QuantizeLinear(op.emit("Conv", inputs, attributes), y_scale, y_zero)


def _qlinear_matmul(op: OpsetBuilder, values: list[ir.Value | None]) -> ir.Value:
    a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = values[:8]
    left = op.DequantizeLinear(a, a_scale, a_zero, axis=-2)
    right = op.DequantizeLinear(b, b_scale, b_zero, axis=-1)
    return op.QuantizeLinear(op.MatMul(left, right), y_scale, y_zero)


def _conv_integer(op: OpsetBuilder, values: list[ir.Value | None], attributes: dict[str, Any]) -> ir.Value:
    x, w, x_zero, w_zero = _needed(values)
    shape = op.shapes.static_shape(w)
    if shape is None:
        raise ConversionError("the shape of its weights is not known")
    dtype = _wide(prod(shape[1:]))
    data = _offset(op, x, x_zero, dtype, ())
    weights = _offset(op, w, w_zero, dtype, (-1, *[1] * (len(shape) - 1)))
    return op.Cast(op.emit("Conv", [data, weights], attributes), to=int(ir.DataType.INT32))


def _matmul_integer(op: OpsetBuilder, values: list[ir.Value | None]) -> ir.Value:
    a, b, a_zero, b_zero = _needed(values)
    shape = op.shape(a)
    depth = shape[-1] if shape else None
    if not isinstance(depth, int):
        raise ConversionError("the number of products that it adds up is not known")
    dtype = _wide(depth)
    left = _offset(op, a, a_zero, dtype, (-1, 1) if len(shape or ()) > 1 else (-1,))
    return op.cast(op.MatMul(left, _offset(op, b, b_zero, dtype, (-1,))), ir.DataType.INT32)


def _needed(values: list[ir.Value | None]) -> tuple[ir.Value, ir.Value, ir.Value | None, ir.Value | None]:
    first, second = values[:2]
    if first is None or second is None:
        raise ConversionError("its data or weights are missing")
    return first, second, values[2], values[3]


def _wide(products: int) -> ir.DataType:
    return ir.DataType.FLOAT if products * _LARGEST < _EXACT else ir.DataType.DOUBLE


def _offset(
    op: OpsetBuilder, x: ir.Value, zero: ir.Value | None, dtype: ir.DataType, shape: tuple[int, ...]
) -> ir.Value:
    """The numbers less their zero point, which may be one for each row, column or channel."""
    real = op.cast(x, dtype)
    if zero is None:
        return real
    several = (op.rank(zero) or 0) > 0 and op.shape(zero) != (1,)
    point = op.cast(zero, dtype)
    return op.Sub(real, op.reshape(point, list(shape)) if several and shape else point)
