"""Quantization: QUANTIZE and DEQUANTIZE where a tensor can say what its integers mean, else arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import FLOAT, INT32, LiteBuilder
from modelwright.backends.tflite.operators import lite_op, window_op
from modelwright.backends.tflite.quantized import Quantization, set_quantization

INT8, UINT8 = ir.DataType.INT8, ir.DataType.UINT8
_BYTES = (INT8, UINT8)


@lite_op("QuantizeLinear", ignores=("saturate", "precision"))
def quantize_linear(
    op: LiteBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> ir.Value:
    """``saturate(round(x / scale) + zero)``."""
    dtype = ir.DataType(output_dtype) if output_dtype else UINT8 if zero is None else op.dtype(zero)
    meaning = _meaning(op, scale, zero, dtype)
    if meaning is not None and op.dtype(x) is FLOAT:
        inner = _shifted(meaning, -128 if dtype is UINT8 else 0)
        result = set_quantization(op.first(op.emit("QUANTIZE", [x], {"dtype": INT8})), inner)
        return result if dtype is INT8 else requantized(op, result, meaning, UINT8)
    if dtype.bitwidth < 8 or dtype not in _LIMITED:
        raise op.fail(f"TFLite has no tensors of {dtype.name.lower()} that are computed")
    limits = np.iinfo(dtype.numpy())
    factor = _beside(op, scale, x, axis, block_size)
    steps = op.ROUND(op.DIV(op.cast(x, FLOAT), op.cast(factor, FLOAT)))
    offset = (
        op.constant(np.asarray(0, np.float32))
        if zero is None
        else op.cast(_beside(op, zero, x, axis, block_size), FLOAT)
    )
    moved = op.ADD(steps, offset)
    bounded = op.MINIMUM(op.MAXIMUM(moved, op.scalar(limits.min, moved)), op.scalar(limits.max, moved))
    return op.cast(bounded, dtype)


_LIMITED = frozenset({INT8, UINT8, ir.DataType.INT16, ir.DataType.UINT16})


@lite_op("DequantizeLinear")
def dequantize_linear(
    op: LiteBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> ir.Value:
    """``(x - zero) * scale``."""
    result = ir.DataType(output_dtype) if output_dtype else op.dtype(scale)
    meaning = _meaning(op, scale, zero, op.dtype(x))
    if meaning is not None and op.dtype(x) in _BYTES and result is FLOAT:
        return op.DEQUANTIZE(_as_int8(op, x, meaning), dtype=FLOAT)
    if op.dtype(x) not in (*_LIMITED, INT32):
        raise op.fail(f"TFLite has no tensors of {op.dtype(x).name.lower()} that are computed")
    wide = op.cast(x, INT32)
    if zero is not None:
        wide = op.SUB(wide, op.cast(_beside(op, zero, x, axis, block_size), INT32))
    return op.cast(op.MUL(op.cast(wide, FLOAT), op.cast(_beside(op, scale, x, axis, block_size), FLOAT)), result)


def requantized(op: LiteBuilder, x: ir.Value, meaning: Quantization, dtype: ir.DataType) -> ir.Value:
    """QUANTIZE from one kind of integers to another."""
    return set_quantization(op.first(op.emit("QUANTIZE", [x], {"dtype": dtype})), meaning)


def _as_int8(op: LiteBuilder, x: ir.Value, meaning: Quantization) -> ir.Value:
    """Bytes as int8: what a QUANTIZE to uint8 was made of, or another QUANTIZE."""
    set_quantization(x, meaning)
    if op.dtype(x) is INT8:
        return x
    maker = x.producer()
    before = maker.inputs[0] if maker is not None and maker.op_type == "QUANTIZE" else None
    if before is not None and before.dtype is INT8:
        return before
    return requantized(op, x, _shifted(meaning, -128), INT8)


def _shifted(meaning: Quantization, offset: int) -> Quantization:
    return Quantization(scale=meaning.scale, zero_point=meaning.zero_point + offset)


def _meaning(op: LiteBuilder, scale: ir.Value, zero: ir.Value | None, dtype: ir.DataType) -> Quantization | None:
    """One scale and zero point for all bytes of a tensor, if they are constants."""
    factor = op.constant_value(scale)
    offset = np.zeros(1) if zero is None else op.constant_value(zero)
    if factor is None or offset is None or factor.size != 1 or offset.size != 1 or dtype not in _BYTES:
        return None
    return Quantization(scale=factor.reshape(1).astype(np.float32), zero_point=offset.reshape(1).astype(np.int64))


def _beside(op: LiteBuilder, item: ir.Value, x: ir.Value, axis: int, block: int) -> ir.Value:
    """Scales or zero points in a shape that spreads over the data."""
    shape, rank = op.shape(item), op.need_rank(x)
    if shape is None:
        raise op.fail("the shape of the scales is not known")
    if len(shape) == 0 or shape == (1,):
        return op.to_shape(item, ())
    if block:
        return _blocks(op, item, x, axis % rank, block)
    return op.to_shape(item, [shape[0] if place == axis % rank else 1 for place in range(rank)])


def _blocks(op: LiteBuilder, item: ir.Value, x: ir.Value, axis: int, block: int) -> ir.Value:
    size = op.need_shape(x, [axis])[axis]
    places = np.arange(size, dtype=np.int32) // block
    return op.GATHER(item, op.constant(places), axis=axis)


@window_op("QLinearConv")
def qlinear_conv(
    op: LiteBuilder,
    x: ir.Value,
    x_scale: ir.Value,
    x_zero: ir.Value,
    w: ir.Value,
    w_scale: ir.Value,
    w_zero: ir.Value,
    y_scale: ir.Value,
    y_zero: ir.Value,
    bias: ir.Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> ir.Value:
    """A convolution between DequantizeLinear and QuantizeLinear, which becomes one on integers again."""
    real = op.DequantizeLinear(x, x_scale, x_zero)
    weights = op.DequantizeLinear(w, w_scale, w_zero, axis=0)
    extra = ()
    if bias is not None:
        extra = (op.Mul(op.cast(bias, FLOAT), op.Mul(op.reshape(x_scale, [-1]), op.reshape(w_scale, [-1]))),)
    found = op.Conv(
        real,
        weights,
        *extra,
        auto_pad=auto_pad,
        dilations=dilations,
        group=group,
        kernel_shape=kernel_shape,
        pads=pads,
        strides=strides,
    )
    return op.QuantizeLinear(found, y_scale, y_zero)


@lite_op("QLinearMatMul")
def qlinear_matmul(
    op: LiteBuilder,
    a: ir.Value,
    a_scale: ir.Value,
    a_zero: ir.Value,
    b: ir.Value,
    b_scale: ir.Value,
    b_zero: ir.Value,
    y_scale: ir.Value,
    y_zero: ir.Value,
) -> ir.Value:
    """A product of what the integers mean, quantized again."""
    rows = _along(op, a, a_scale, a_zero, -2)
    columns = _along(op, b, b_scale, b_zero, -1)
    product = op.BATCH_MATMUL(rows, columns)
    return quantize_linear(op, product, y_scale, y_zero)


def _along(op: LiteBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value, axis: int) -> ir.Value:
    return op.cast(dequantize_linear(op, x, scale, zero, axis=axis % op.need_rank(x)), FLOAT)


@lite_op("MatMulInteger")
def matmul_integer(
    op: LiteBuilder, a: ir.Value, b: ir.Value, a_zero: ir.Value | None = None, b_zero: ir.Value | None = None
) -> ir.Value:
    """A product of small integers in float32, which is exact while sums stay below 2^24."""
    depth = op.need_shape(a, [-1])[-1]
    if depth * 255 * 255 >= 1 << 24:
        raise op.fail(f"sums over {depth} products of bytes do not fit float32", hint="use QLinearMatMul in the model")
    left = _offset(op, a, a_zero, -2)
    right = _offset(op, b, b_zero, -1)
    return op.cast(op.BATCH_MATMUL(left, right), INT32)


def _offset(op: LiteBuilder, x: ir.Value, zero: ir.Value | None, axis: int) -> ir.Value:
    wide = op.cast(x, FLOAT)
    if zero is None:
        return wide
    return op.SUB(wide, op.cast(_beside(op, zero, x, axis % op.need_rank(x), 0), FLOAT))


@window_op("ConvInteger")
def conv_integer(
    op: LiteBuilder,
    x: ir.Value,
    w: ir.Value,
    x_zero: ir.Value | None = None,
    w_zero: ir.Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> ir.Value:
    """A convolution of small integers in float32, which is exact while sums stay below 2^24."""
    if np.prod(op.need_shape(w)[1:]) * 255 * 255 >= 1 << 24:
        raise op.fail("sums of so many products of bytes do not fit float32", hint="use QLinearConv in the model")
    data = op.cast(x, FLOAT) if x_zero is None else op.Sub(op.cast(x, FLOAT), op.cast(x_zero, FLOAT))
    weights = op.cast(w, FLOAT)
    if w_zero is not None:
        shape = [-1, *[1] * (op.need_rank(w) - 1)]
        weights = op.Sub(weights, op.reshape(op.cast(w_zero, FLOAT), shape))
    found = op.Conv(
        data,
        weights,
        auto_pad=auto_pad,
        dilations=dilations,
        group=group,
        kernel_shape=kernel_shape,
        pads=pads,
        strides=strides,
    )
    return op.cast(found, INT32)
