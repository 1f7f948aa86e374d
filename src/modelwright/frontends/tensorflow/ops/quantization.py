"""Fake quantization, as quantization-aware training leaves it in graphs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.quantization_ranges import constant_range


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The numbers that a quantized tensor can hold: ``(q - zero_point) * scale`` for ``low <= q <= high``.

    Attributes:
        scale: Distance of neighbours, float32; a scalar or one for each channel.
        zero_point: The ``q`` of 0, of the same shape, whole numbers.
        low: Smallest ``q``.
        high: Largest ``q``.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    low: int
    high: int

    def bound(self, level: int) -> np.ndarray:
        """The number that ``level`` stands for, float32."""
        return ((level - self.zero_point) * self.scale).astype(np.float32)


def nudged_grid(low: np.ndarray, high: np.ndarray, *, num_bits: int, narrow_range: bool) -> Grid:
    """The grid between two numbers, shifted so that it holds 0, in float32 as TensorFlow's kernels do.

    Args:
        low: Smallest number, scalar or one for each channel.
        high: Largest number.
        num_bits: 2 to 16.
        narrow_range: Leave the smallest level out.
    """
    first, last = int(narrow_range), 2**num_bits - 1
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    scale = (high - low) / np.float32(last - first)
    safe = np.where(scale == 0, np.float32(1), scale)
    place = np.float32(first) - low / safe
    zero_point = np.clip(np.floor(place + np.float32(0.5)), first, last)
    return Grid(scale=safe, zero_point=zero_point, low=first, high=last)


@tf_op("FakeQuantWithMinMaxArgs")
def fake_quant_with_min_max_args(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    min: float = -6.0,  # noqa: A002  the attribute's name
    max: float = 6.0,  # noqa: A002  the attribute's name
    num_bits: int = 8,
    narrow_range: bool = False,
) -> ir.Value:
    """Rounds to the levels between ``min`` and ``max``."""
    return _fake_quant(op, x, np.asarray(min), np.asarray(max), num_bits=num_bits, narrow_range=narrow_range)


@tf_op("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
def fake_quant_with_min_max_vars(
    op: TensorFlowBuilder,
    x: ir.Value,
    low: ir.Value,
    high: ir.Value,
    *,
    num_bits: int = 8,
    narrow_range: bool = False,
) -> ir.Value:
    """Rounds to the levels between two numbers, per channel (the last axis) if they are vectors."""
    known = constant_range(op, low, high)
    if known is None:
        return _fake_quant_at_run_time(op, x, low, high, levels=(int(narrow_range), 2**num_bits - 1))
    return _fake_quant(op, x, *known, num_bits=num_bits, narrow_range=narrow_range)


def _fake_quant(
    op: TensorFlowBuilder, x: ir.Value, low: np.ndarray, high: np.ndarray, *, num_bits: int, narrow_range: bool
) -> ir.Value:
    if not low.any() and not high.any():
        return op.Mul(x, op.scalar(0, x))
    return snap(op, x, nudged_grid(low, high, num_bits=num_bits, narrow_range=narrow_range), signed=narrow_range)


def _fake_quant_at_run_time(
    op: TensorFlowBuilder, x: ir.Value, low: ir.Value, high: ir.Value, *, levels: tuple[int, int]
) -> ir.Value:
    """``nudged_grid`` and the rounding to it as operators, for ranges that are computed."""
    first, last, half = op.scalar(levels[0], x), op.scalar(levels[1], x), op.scalar(0.5, x)
    scale = op.Div(op.Sub(high, low), op.Sub(last, first))
    safe = op.Where(op.Equal(scale, op.scalar(0, x)), op.scalar(1, x), scale)
    place = op.Sub(first, op.Div(low, safe))
    zero_point = op.Floor(op.Add(op.Min(op.Max(place, first), last), half))
    bottom, top = (op.Mul(op.Sub(level, zero_point), scale) for level in (first, last))
    steps = op.Div(op.Sub(op.Min(op.Max(x, bottom), top), bottom), safe)
    return op.Add(op.Mul(op.Floor(op.Add(steps, half)), scale), bottom)


def snap(op: TensorFlowBuilder, x: ir.Value, grid: Grid, *, signed: bool) -> ir.Value:
    """``x`` rounded to the grid: QuantizeLinear and DequantizeLinear up to 8 bits, else arithmetic.

    QuantizeLinear rounds halves to even where TensorFlow rounds them up. Levels that the 8 bits have and the grid
    does not are clipped first.

    Args:
        op: The builder.
        x: float32.
        grid: The levels; vectors are along the last axis.
        signed: Count levels from -128 instead of from 0.
    """
    if grid.high > 255:
        return _snap_by_arithmetic(op, x, grid)
    shift = 128 if signed and grid.low >= 0 else 0
    kind = np.int8 if signed else np.uint8
    info = np.iinfo(kind)
    if grid.low - shift > info.min or grid.high - shift < info.max:
        x = _clip(op, x, grid)
    axis = -1 if grid.scale.ndim else None
    parameters = op.constant(grid.scale), op.constant((grid.zero_point - shift).astype(kind))
    return op.DequantizeLinear(op.QuantizeLinear(x, *parameters, axis=axis), *parameters, axis=axis)


def _snap_by_arithmetic(op: TensorFlowBuilder, x: ir.Value, grid: Grid) -> ir.Value:
    first = op.constant(grid.bound(grid.low))
    scale = op.constant(grid.scale)
    steps = op.Div(op.Sub(_clip(op, x, grid), first), scale)
    level = op.Floor(op.Add(steps, op.scalar(0.5, x)))
    return op.Add(op.Mul(level, scale), first)


def _clip(op: TensorFlowBuilder, x: ir.Value, grid: Grid) -> ir.Value:
    low, high = op.constant(grid.bound(grid.low)), op.constant(grid.bound(grid.high))
    return op.Clip(x, low, high) if not grid.scale.ndim else op.Min(op.Max(x, low), high)
