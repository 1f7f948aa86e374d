"""Clip: bounds are attributes below opset 11."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder

_LOWEST, _HIGHEST = float(np.finfo(np.float32).min), float(np.finfo(np.float32).max)


@lower("Clip", version=12)
def clip_of_integers(op: StepBuilder, x: ir.Value, low: ir.Value | None = None, high: ir.Value | None = None) -> Any:
    """Integers are compared; real numbers stay."""
    if op.is_float(x):
        return None
    if low is not None:
        x = op.Where(op.Less(x, low), low, x)
    return op.Where(op.Greater(x, high), high, x) if high is not None else op.Identity(x)


@lower("Clip", version=11)
def lower_clip(op: StepBuilder, x: ir.Value, low: ir.Value | None = None, high: ir.Value | None = None) -> Any:
    """Constant bounds become attributes; computed ones Max and Min."""
    bounds = [op.array(bound) for bound in (low, high)]
    if all(value is None or array is not None for value, array in zip((low, high), bounds, strict=True)):
        low_number, high_number = (None if array is None else float(array.reshape(-1)[0]) for array in bounds)
        crossed = low_number is not None and high_number is not None and low_number > high_number
        if op.known_dtype(x) is not ir.DataType.DOUBLE and not crossed:
            return op.Clip(x, min=low_number, max=high_number)
    x = x if low is None else op.Max(x, low)
    return op.Min(x, high) if high is not None else op.Identity(x)


@lift("Clip", version=11)
def lift_clip(op: StepBuilder, x: ir.Value, *, max: float = _HIGHEST, min: float = _LOWEST) -> Any:  # noqa: A002
    """Attributes become constants, those that limit nothing none."""
    return op.clip(x, None if min <= _LOWEST else min, None if max >= _HIGHEST else max)
