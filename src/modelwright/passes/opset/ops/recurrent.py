"""Recurrent layers: batches first is a layout that exists since opset 14."""

from __future__ import annotations

from typing import Any

import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder


@lower(
    "RNN",
    "GRU",
    "LSTM",
    version=14,
    keeps="activation_alpha activation_beta activations clip direction hidden_size input_forget linear_before_reset",
)
def lower_layout(
    op: StepBuilder,
    x: ir.Value,
    w: ir.Value,
    r: ir.Value,
    bias: ir.Value | None = None,
    lengths: ir.Value | None = None,
    h: ir.Value | None = None,
    c: ir.Value | None = None,
    p: ir.Value | None = None,
    *,
    layout: int = 0,
) -> Any:
    """Time first inside, batches first outside."""
    if not layout:
        return None
    states = [None if value is None else op.Transpose(value, perm=[1, 0, 2]) for value in (h, c)]
    made = op.again([op.Transpose(x, perm=[1, 0, 2]), w, r, bias, lengths, *states, p], {"layout": None})
    outputs = [made] if isinstance(made, ir.Value) else list(made)
    perms = ([2, 0, 1, 3], [1, 0, 2], [1, 0, 2])
    return [
        op.Transpose(value, perm=perm) if op.used(index) else None
        for index, (value, perm) in enumerate(zip(outputs, perms, strict=False))
    ]
