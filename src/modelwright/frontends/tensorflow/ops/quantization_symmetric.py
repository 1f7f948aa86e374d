"""Quantization around zero, and numbers read from quantized tensors."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.quantization import Grid, snap
from modelwright.hub.dtypes import INTEGERS

_BYTE = 8


@tf_op("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV4")
def quantize_and_dequantize(
    op: TensorFlowBuilder,
    x: ir.Value,
    input_min: ir.Value,
    input_max: ir.Value,
    *,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    narrow_range: bool = False,
    axis: int = -1,
) -> ir.Value:
    """Rounds to multiples of one scale, the one that makes the range fit the levels around zero.

    ``axis`` other than -1 has a range for each of its slices. Without a given range the tensor's own is used
    and nothing is clipped.
    """
    levels = signed_levels(num_bits, signed=signed_input, narrow_range=narrow_range)
    if not range_given:
        scale = _scale_of_contents(op, x, levels, axis)
        return _round(op, x, scale, None, round_mode)
    low, high = op.need_constant(input_min, "the range"), op.need_constant(input_max, "the range")
    scale = symmetric_scale(low, high, levels)
    if (
        num_bits == _BYTE
        and round_mode == "HALF_TO_EVEN"
        and axis == -1
        and op.attribute_dtype("T") == ir.DataType.FLOAT
    ):
        grid = Grid(scale=scale, zero_point=np.zeros_like(scale), low=levels[0], high=levels[1])
        return snap(op, x, grid, signed=signed_input)
    if axis != -1:
        rank = op.need_rank(x)
        scale = scale.reshape([-1 if i == axis else 1 for i in range(rank)])
    return _round(op, x, op.constant(scale.astype(op.dtype(x).numpy())), levels, round_mode)


@tf_op("QuantizeAndDequantizeV3")
def quantize_and_dequantize_v3(
    op: TensorFlowBuilder,
    x: ir.Value,
    input_min: ir.Value,
    input_max: ir.Value,
    num_bits: ir.Value,
    *,
    signed_input: bool = True,
    range_given: bool = True,
    narrow_range: bool = False,
    axis: int = -1,
) -> ir.Value:
    """``QuantizeAndDequantizeV2`` with the number of bits as a tensor."""
    return quantize_and_dequantize(
        op,
        x,
        input_min,
        input_max,
        signed_input=signed_input,
        num_bits=int(op.need_constant(num_bits, "the number of bits")),
        range_given=range_given,
        narrow_range=narrow_range,
        axis=axis,
    )


@tf_op("Dequantize")
def dequantize(
    op: TensorFlowBuilder,
    x: ir.Value,
    min_range: ir.Value,
    max_range: ir.Value,
    *,
    mode: str = "MIN_COMBINED",
    narrow_range: bool = False,
    axis: int = -1,
    dtype: ir.DataType = ir.DataType.FLOAT,
) -> ir.Value:
    """The numbers that levels stand for.

    ``MIN_COMBINED``: the smallest level is ``min_range``, the largest ``max_range``. ``SCALED``: level times the larger
    of the scales that ``min_range`` and ``max_range`` ask for.
    """
    kind = op.attribute_dtype("T")
    if mode not in ("MIN_COMBINED", "SCALED") or axis != -1 or kind not in INTEGERS:
        raise op.fail(f"mode {mode}, axis {axis} and levels of {kind.name.lower()} are not supported together")
    info = np.iinfo(kind.numpy())
    low = op.need_constant(min_range, "the range").astype(np.float32)
    high = op.need_constant(max_range, "the range").astype(np.float32)
    level = op.cast(x, ir.DataType.FLOAT)
    if mode == "MIN_COMBINED":
        scale = (high - low) / np.float32(int(info.max) - int(info.min))
        y = op.Add(op.Mul(op.Sub(level, op.scalar(int(info.min), level)), op.constant(scale)), op.constant(low))
    else:
        first = int(info.min) + int(narrow_range)
        scale = high / np.float32(info.max)
        scale = np.maximum(scale, low / np.float32(first)) if first else scale
        y = op.Mul(level, op.constant(np.asarray(scale, np.float32)))
    return op.cast(y, dtype)


def signed_levels(num_bits: int, *, signed: bool, narrow_range: bool) -> tuple[int, int]:
    """Smallest and largest level of ``num_bits`` bits."""
    if not signed:
        return 0, 2**num_bits - 1
    return -(2 ** (num_bits - 1)) + int(narrow_range), 2 ** (num_bits - 1) - 1


def symmetric_scale(low: np.ndarray, high: np.ndarray, levels: tuple[int, int]) -> np.ndarray:
    """The larger of the scales that put ``low`` at the smallest and ``high`` at the largest level, float32.

    A bound on the other side of zero than its level asks for nothing.
    """
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    below = low / np.float32(levels[0]) if levels[0] else np.zeros_like(low)
    return np.maximum(np.maximum(below, high / np.float32(levels[1])), np.float32(0))


def _scale_of_contents(op: TensorFlowBuilder, x: ir.Value, levels: tuple[int, int], axis: int) -> ir.Value:
    axes = None if axis == -1 else [i for i in range(op.need_rank(x)) if i != axis]
    above = op.Div(op.reduce("ReduceMax", x, axes, keepdims=axis != -1), op.scalar(levels[1], x))
    if not levels[0]:
        return op.Max(above, op.scalar(0, x))
    below = op.Div(op.reduce("ReduceMin", x, axes, keepdims=axis != -1), op.scalar(levels[0], x))
    return op.Max(above, below)


def _round(
    op: TensorFlowBuilder, x: ir.Value, scale: ir.Value, levels: tuple[int, int] | None, round_mode: str
) -> ir.Value:
    """Rounds to multiples of ``scale``, between the levels if there are any; a scale of 0 gives 0."""
    steps = op.Div(x, op.Where(op.Equal(scale, op.scalar(0, x)), op.scalar(1, x), scale))
    if levels is not None:
        steps = op.Min(op.Max(steps, op.scalar(levels[0], x)), op.scalar(levels[1], x))
    level = op.Round(steps) if round_mode == "HALF_TO_EVEN" else op.Floor(op.Add(steps, op.scalar(0.5, x)))
    return op.Mul(level, scale)
