"""Rounding to the nearest whole number, halves to the even one."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.passes.opset.builder import StepBuilder


def round_half_even(op: StepBuilder, x: ir.Value) -> ir.Value:
    """``Round``, which exists since opset 11; below, the whole part and what the fraction adds to it.

    ``floor(x)`` and ``x - floor(x)`` are exact, so the comparison with one half is; infinities, whose fraction is not a
    number, stay as they are.
    """
    if op.opset >= 11:
        return op.Round(x)
    below = op.Floor(x)
    fraction = op.Sub(x, below)
    half = op.scalar(0.5, x)
    odd = op.Greater(op.Abs(op.Sub(below, op.Mul(op.Floor(op.Mul(below, half)), op.scalar(2.0, x)))), half)
    up = op.Or(
        op.Greater(fraction, half), op.And(op.Not(op.Or(op.Less(fraction, half), op.Greater(fraction, half))), odd)
    )
    return op.Where(up, op.Add(below, op.scalar(1.0, x)), below)
