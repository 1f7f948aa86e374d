"""Quantized numbers: blocks, short dtypes and scales of each channel are arithmetic where an opset has them not."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.rounding import round_half_even

_SMALL = {
    ir.DataType.INT4: ir.DataType.INT8,
    ir.DataType.UINT4: ir.DataType.UINT8,
    ir.DataType.INT2: ir.DataType.INT8,
    ir.DataType.UINT2: ir.DataType.UINT8,
}
"""The dtype that stored numbers of less than a byte take."""

_RANGES = {
    ir.DataType.INT8: (-128, 127),
    ir.DataType.UINT8: (0, 255),
    ir.DataType.INT16: (-32768, 32767),
    ir.DataType.UINT16: (0, 65535),
    ir.DataType.INT4: (-8, 7),
    ir.DataType.UINT4: (0, 15),
    ir.DataType.INT2: (-2, 1),
    ir.DataType.UINT2: (0, 3),
}
_SINCE = {ir.DataType.INT4: 21, ir.DataType.UINT4: 21, ir.DataType.INT2: 25, ir.DataType.UINT2: 25}


@lower("DequantizeLinear", version=25)
@lower("DequantizeLinear", version=21)
def lower_stored(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Any:
    """Short integers and blocks: ``(x - zero) * scale``; stored int4 and int2 become int8."""
    dtype = op.known_dtype(x)
    attributes = {"axis": axis, "block_size": block_size or None, "output_dtype": output_dtype or None}
    if dtype in _SMALL and op.opset < _SINCE[dtype]:
        parts = [_widened(op, value) for value in (x, zero)]
        return op.emit("DequantizeLinear", [parts[0], scale, parts[1]], {k: v for k, v in attributes.items() if v})
    if op.opset >= 21 or (not block_size and dtype not in (ir.DataType.INT16, ir.DataType.UINT16)):
        return None
    return _dequantized(op, x, scale, zero, axis=axis, block_size=block_size)


def _widened(op: StepBuilder, value: ir.Value | None) -> ir.Value | None:
    """A constant of less than a byte a number as one of a byte."""
    if value is None:
        return None
    dtype = op.known_dtype(value)
    tensor = value.const_value
    if tensor is None or value.is_graph_input():
        raise op.fail(f"{value.name!r} is {dtype.name.lower()} and not stored in the model", since=_SINCE[dtype])
    wide = _SMALL[dtype]

    def widen() -> ir.TensorProtocol:
        return ir.Tensor(tensor.numpy().astype(wide.numpy()), dtype=wide)

    lazy = ir.LazyTensor(widen, dtype=wide, shape=ir.Shape(tensor.shape.numpy()), cache=False)
    return op.initializer(lazy, name=value.name or op.origin)


@lower("DequantizeLinear", version=23)
def lower_output_dtype(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Any:
    """The result has the dtype of the scale, and is cast."""
    if not output_dtype:
        return None
    y = op.DequantizeLinear(x, scale, zero, axis=axis, block_size=block_size)
    return op.cast(y, ir.DataType(output_dtype))


@lower("DequantizeLinear", version=19)
def lower_scale_dtype(
    op: StepBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value | None = None, *, axis: int = 1
) -> Any:
    """Scales are float32 only."""
    dtype = op.known_dtype(scale)
    if dtype is ir.DataType.FLOAT:
        return None
    y = op.DequantizeLinear(x, op.Cast(scale, to=int(ir.DataType.FLOAT)), zero, axis=axis)
    return op.Cast(y, to=int(dtype))


@lower("DequantizeLinear", version=13)
def lower_channels(
    op: StepBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value | None = None, *, axis: int = 1
) -> Any:
    """One scale for each channel: arithmetic."""
    if op.rank(scale) == 0:
        return op.DequantizeLinear(x, scale, zero)
    return _dequantized(op, x, scale, zero, axis=axis, block_size=0)


@lower("DequantizeLinear", version=10)
def lower_dequantize(op: StepBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value | None = None) -> Any:
    """``(x - zero) * scale``."""
    return _dequantized(op, x, scale, zero, axis=0, block_size=0)


def _dequantized(
    op: StepBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value | None, *, axis: int, block_size: int
) -> ir.Value:
    """``(x - zero) * scale`` in the scale's dtype; the difference is exact in int32."""
    dtype = op.known_dtype(scale)
    whole = op.cast(x, ir.DataType.INT32)
    if zero is not None:
        spread = _spread(op, op.cast(zero, ir.DataType.INT32), x, axis=axis, block_size=block_size)
        whole = op.Sub(whole, spread)
    factor = _spread(op, scale, x, axis=axis, block_size=block_size)
    return op.Mul(op.cast(whole, dtype), factor)


def _spread(op: StepBuilder, value: ir.Value, x: ir.Value, *, axis: int, block_size: int) -> ir.Value:
    """A scale or zero point so that it meets its numbers: along the axis, or repeated over each block."""
    if block_size:
        return _repeated(op, value, x, axis=axis, block_size=block_size)
    shape = op.shape(value)
    if shape is None:
        raise op.fail(f"the shape of {value.name!r} is not known")
    if not shape or shape == (1,):
        return op.Reshape(value, op.constant(np.zeros(0, np.int64))) if shape else value
    rank = op.known_rank(x)
    return op.Reshape(value, op.ints([-1 if place == axis % rank else 1 for place in range(rank)]))


def _repeated(op: StepBuilder, value: ir.Value, x: ir.Value, *, axis: int, block_size: int) -> ir.Value:
    size = op.static(x, [axis])[0]
    places = np.arange(size, dtype=np.int64) // block_size
    return op.Gather(value, op.constant(places), axis=axis % op.known_rank(x))


@lower("QuantizeLinear", version=25, keeps="precision")
@lower("QuantizeLinear", version=21)
def lower_quantized_shorts(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
    saturate: int = 1,
) -> Any:
    """Blocks and dtypes that are new: ``saturate(round(x / scale) + zero)``."""
    dtype = ir.DataType(output_dtype) if output_dtype else ir.DataType.UINT8
    dtype = op.known_dtype(zero) if zero is not None else dtype
    if _SINCE.get(dtype, 1) > op.opset:
        raise op.fail(f"it makes {dtype.name.lower()}", since=_SINCE[dtype])
    if op.opset >= 21:
        return None
    plain = dtype in (ir.DataType.INT8, ir.DataType.UINT8) or dtype not in _RANGES
    if plain and not block_size and zero is not None and not output_dtype:
        return None
    if plain and not block_size:
        return op.QuantizeLinear(x, scale, _zeros(op, scale, zero, dtype), axis=axis, saturate=saturate)
    return _quantized(op, x, scale, zero, dtype, axis=axis, block_size=block_size)


def _zeros(op: StepBuilder, scale: ir.Value, zero: ir.Value | None, dtype: ir.DataType) -> ir.Value:
    if zero is not None:
        return zero
    shape = op.shape_of(scale)
    sizes = op.numbers(shape)
    if sizes is None:
        raise op.fail(f"the shape of {scale.name!r} is not known")
    return op.constant(np.zeros(sizes, dtype.numpy()))


@lower("QuantizeLinear", version=19)
def lower_quantized_halves(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None = None,
    *,
    axis: int = 1,
    saturate: int = 1,
) -> Any:
    """Numbers and scales are float32."""
    del saturate  # of dtypes that do not exist here
    return op.QuantizeLinear(_as_float(op, x), _as_float(op, scale), zero, axis=axis)


def _as_float(op: StepBuilder, value: ir.Value) -> ir.Value:
    return value if op.known_dtype(value) is ir.DataType.INT32 else op.cast(value, ir.DataType.FLOAT)


@lower("QuantizeLinear", version=13)
def lower_quantized_channels(
    op: StepBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value | None = None, *, axis: int = 1
) -> Any:
    """One scale for each channel: arithmetic."""
    if op.rank(scale) == 0:
        return op.QuantizeLinear(x, scale, zero)
    dtype = op.known_dtype(zero) if zero is not None else ir.DataType.UINT8
    return _quantized(op, x, scale, zero, dtype, axis=axis, block_size=0)


@lower("QuantizeLinear", version=10)
def lower_quantize(op: StepBuilder, x: ir.Value, scale: ir.Value, zero: ir.Value | None = None) -> Any:
    """``saturate(round(x / scale) + zero)``."""
    dtype = op.known_dtype(zero) if zero is not None else ir.DataType.UINT8
    return _quantized(op, x, scale, zero, dtype, axis=0, block_size=0)


def _quantized(
    op: StepBuilder,
    x: ir.Value,
    scale: ir.Value,
    zero: ir.Value | None,
    dtype: ir.DataType,
    *,
    axis: int,
    block_size: int,
) -> ir.Value:
    """Everything in float32, which holds all numbers of 16 bits."""
    if dtype not in _RANGES:
        raise op.fail(f"it makes {dtype.name.lower()}", since=op.opset + 1)
    real = op.cast(x, ir.DataType.FLOAT)
    factor = _spread(op, op.cast(scale, ir.DataType.FLOAT), x, axis=axis, block_size=block_size)
    whole = round_half_even(op, op.Div(real, factor))
    if zero is not None:
        whole = op.Add(whole, _spread(op, op.cast(zero, ir.DataType.FLOAT), x, axis=axis, block_size=block_size))
    low, high = _RANGES[dtype]
    return op.Cast(op.clip(whole, low, high), to=int(dtype))
