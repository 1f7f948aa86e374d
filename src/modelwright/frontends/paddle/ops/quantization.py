"""Quantization: Paddle's simulated operators become QuantizeLinear and DequantizeLinear.

Paddle's scale is the largest absolute value, so that the step is ``scale / 127`` of 8 bits. ONNX rounds half to even
and saturates at -128, Paddle's simulation at -127.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op

_TYPES = {8: ir.DataType.INT8, 16: ir.DataType.INT16, 4: ir.DataType.INT4}
_NEWER = {16: 21, 4: 21}


def _dtype(op: PaddleBuilder, bits: int) -> ir.DataType:
    if bits not in _TYPES:
        raise op.fail(f"quantizes to {bits} bits", hint="4, 8 and 16 bits have an ONNX type")
    op.need_opset(_NEWER.get(bits, 13), f"quantization to {bits} bits")
    return _TYPES[bits]


def _step(op: PaddleBuilder, scale: ir.Value, bits: int, *, channels: bool) -> ir.Value:
    """The step between two numbers, of rank 0 or one a channel."""
    largest = float(2 ** (bits - 1) - 1)
    known = op.constant_value(scale)
    if known is not None:
        steps = np.maximum(known.astype(np.float32).reshape(-1) / largest, np.finfo(np.float32).tiny)
        return op.constant(steps if channels else steps[:1].reshape(()))
    step = op.Div(op.reshape(scale, [-1]), op.constant(np.asarray(largest, np.float32)))
    return step if channels else op.single(step)


def _zero(op: PaddleBuilder, step: ir.Value, dtype: ir.DataType, *, channels: bool) -> ir.Value:
    if not channels:
        return op.constant(np.zeros((), dtype.numpy()))
    return op.constant(np.zeros(op.need_size(step, 0, "the number of channels"), dtype.numpy()))


def _axis(axis: int, *, channels: bool) -> dict[str, int]:
    return {"axis": axis} if channels else {}


def quantized(op: PaddleBuilder, x: ir.Value, scale: ir.Value, bits: int, axis: int, *, channels: bool) -> ir.Value:
    """``x`` as integers; constants are quantized here, by Paddle's own rounding."""
    dtype = _dtype(op, bits)
    step = _step(op, scale, bits, channels=channels)
    array, steps = op.constant_value(x), op.constant_value(step)
    if array is not None and steps is not None:
        largest = 2 ** (bits - 1) - 1
        shape = [-1 if index == axis else 1 for index in range(array.ndim)] if channels else []
        ratio = array.astype(np.float64) / steps.reshape(shape)
        whole = np.clip(np.sign(ratio) * np.floor(np.abs(ratio) + 0.5), -largest, largest)
        return op.constant(whole.astype(dtype.numpy()))
    return op.QuantizeLinear(x, step, _zero(op, step, dtype, channels=channels), **_axis(axis, channels=channels))


def dequantized(op: PaddleBuilder, x: ir.Value, scale: ir.Value, bits: int, axis: int, *, channels: bool) -> ir.Value:
    """Integers as the numbers they stand for; integers that are kept as floats become integers first."""
    dtype = _dtype(op, bits)
    step = _step(op, scale, bits, channels=channels)
    array = op.constant_value(x)
    if array is not None and op.dtype(x) is not dtype:
        x = op.constant(np.rint(array).astype(dtype.numpy()), name=x.name or "")
    elif op.dtype(x) is not dtype:
        x = op.cast(x, dtype)
    return op.DequantizeLinear(x, step, _zero(op, step, dtype, channels=channels), **_axis(axis, channels=channels))


def _is_by_channel(op: PaddleBuilder, scale: ir.Value, axis: int) -> bool:
    size = op.sizes(scale)
    return axis >= 0 and len(size) == 1 and size[0] != 1


def _both(op: PaddleBuilder, x: ir.Value, scale: ir.Value, bits: int, axis: int, *, channels: bool) -> ir.Value:
    return dequantized(op, quantized(op, x, scale, bits, axis, channels=channels), scale, bits, axis, channels=channels)


@paddle_op("quantize_linear", ignores=("round_type", "qmin", "qmax"))
def quantize_linear(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value,
    _zero_point: ir.Value | None = None,
    _accumulated: ir.Value | None = None,
    _state: ir.Value | None = None,
    *,
    quant_axis: int = 0,
    bit_length: int = 8,
    only_observer: bool = False,
) -> ir.Value:
    """Numbers as integers."""
    if only_observer:
        return x
    return quantized(op, x, scale, bit_length, quant_axis, channels=_is_by_channel(op, scale, quant_axis))


@paddle_op("dequantize_linear", ignores=("round_type", "qmin", "qmax"))
def dequantize_linear(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value,
    _zero_point: ir.Value | None = None,
    _accumulated: ir.Value | None = None,
    _state: ir.Value | None = None,
    *,
    quant_axis: int = 0,
    bit_length: int = 8,
    only_observer: bool = False,
) -> ir.Value:
    """Integers as the numbers they stand for."""
    if only_observer:
        return x
    return dequantized(op, x, scale, bit_length, quant_axis, channels=_is_by_channel(op, scale, quant_axis))


def _largest(op: PaddleBuilder, x: ir.Value, axis: int | None) -> ir.Value:
    axes = None if axis is None else [item for item in range(op.need_rank(x)) if item != axis]
    array = op.constant_value(x)
    if array is not None:
        found = np.abs(array).max(axis=None if axes is None else tuple(axes))
        return op.constant(np.asarray(found, array.dtype).reshape(-1))
    return op.reshape(op.reduce("ReduceMax", op.Abs(x), axes, keepdims=False), [-1])


@paddle_op("fake_quantize_dequantize_abs_max", ignores=("round_type",))
def fake_quantize_dequantize_abs_max(
    op: PaddleBuilder, x: ir.Value, *, bit_length: int = 8
) -> tuple[ir.Value, ir.Value]:
    """Rounded to the grid of the tensor's own largest number."""
    scale = _largest(op, x, None)
    return _both(op, x, scale, bit_length, 0, channels=False), scale


@paddle_op("fake_channel_wise_quantize_dequantize_abs_max", ignores=("round_type",))
def fake_channel_wise_quantize_dequantize_abs_max(
    op: PaddleBuilder, x: ir.Value, *, bit_length: int = 8, quant_axis: int = 0
) -> tuple[ir.Value, ir.Value]:
    """Rounded to the grids of the channels' own largest numbers."""
    scale = _largest(op, x, quant_axis)
    return _both(op, x, scale, bit_length, quant_axis, channels=True), scale


@paddle_op("fake_quantize_dequantize_moving_average_abs_max", ignores=("round_type", "moving_rate"))
def fake_quantize_dequantize_moving_average_abs_max(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value,
    _accumulated: ir.Value | None = None,
    _state: ir.Value | None = None,
    *,
    bit_length: int = 8,
) -> tuple[ir.Value, ir.Value]:
    """Rounded to a grid found in training."""
    return _both(op, x, scale, bit_length, 0, channels=False), scale


def _as_numbers(op: PaddleBuilder, x: ir.Value, bits: int) -> ir.Value:
    """Integers as the floats that Paddle keeps them as."""
    largest = op.constant(np.asarray(2 ** (bits - 1) - 1, np.float32))
    return dequantized(op, x, largest, bits, 0, channels=False)


@paddle_op(
    "fake_quantize_moving_average_abs_max",
    "fake_quantize_range_abs_max",
    ignores=("round_type", "moving_rate", "window_size"),
)
def fake_quantize_moving_average_abs_max(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value,
    _accumulated: ir.Value | None = None,
    _state: ir.Value | None = None,
    *,
    bit_length: int = 8,
) -> tuple[ir.Value, ir.Value]:
    """Integers by a scale found in training."""
    return _as_numbers(op, quantized(op, x, scale, bit_length, 0, channels=False), bit_length), scale


@paddle_op("fake_quantize_abs_max", ignores=("round_type",))
def fake_quantize_abs_max(op: PaddleBuilder, x: ir.Value, *, bit_length: int = 8) -> tuple[ir.Value, ir.Value]:
    """Integers by the tensor's own largest number."""
    scale = _largest(op, x, None)
    return _as_numbers(op, quantized(op, x, scale, bit_length, 0, channels=False), bit_length), scale


@paddle_op("fake_channel_wise_quantize_abs_max", ignores=("round_type",))
def fake_channel_wise_quantize_abs_max(
    op: PaddleBuilder, x: ir.Value, *, bit_length: int = 8, quant_axis: int = 0
) -> tuple[ir.Value, ir.Value]:
    """Integers by the channels' own largest numbers."""
    scale = _largest(op, x, quant_axis)
    return _as_numbers(op, quantized(op, x, scale, bit_length, quant_axis, channels=True), bit_length), scale


@paddle_op("fake_dequantize_max_abs")
def fake_dequantize_max_abs(op: PaddleBuilder, x: ir.Value, scale: ir.Value, *, max_range: float) -> ir.Value:
    """``x * scale / max_range``."""
    return op.Div(op.Mul(x, op.single(scale)), op.scalar(max_range, x))


@paddle_op("fake_channel_wise_dequantize_max_abs")
def fake_channel_wise_dequantize_max_abs(
    op: PaddleBuilder,
    x: ir.Value,
    scales: list[ir.Value],
    *,
    quant_bits: list[int],
    quant_axis: int = 0,
    x_num_col_dims: int = 1,
) -> ir.Value:
    """``x`` times a scale a channel, and one for all, over the largest integers.

    A single scale is a weight's, by its own axis; with two the first is by the channels of a result.
    """
    axis = quant_axis if len(scales) == 1 else x_num_col_dims
    shape = [-1 if index == axis else 1 for index in range(op.need_rank(x))]
    y = op.Mul(x, op.reshape(scales[0], shape))
    y = op.Div(y, op.scalar(float(2 ** (quant_bits[0] - 1) - 1), x))
    if len(scales) > 1:
        y = op.Div(op.Mul(y, op.single(scales[1])), op.scalar(float(2 ** (quant_bits[1] - 1) - 1), x))
    return y


@paddle_op("moving_average_abs_max_scale", ignores=("moving_rate",))
def moving_average_abs_max_scale(
    op: PaddleBuilder, x: ir.Value, _accumulated: ir.Value | None = None, _state: ir.Value | None = None
) -> ir.Value:
    """The tensor itself; only its scale was watched."""
    return op.Identity(x)


@paddle_op("dequantize_abs_max")
def dequantize_abs_max(op: PaddleBuilder, x: ir.Value, scale: ir.Value, *, max_range: float) -> ir.Value:
    """``x * scale / max_range`` of integers."""
    real = op.cast(x, op.dtype(scale))
    return op.Div(op.Mul(real, op.single(scale)), op.scalar(max_range, real))
