"""Rounding."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.dtypes import FLOATS


@paddle_op("round", "rint")
def round_(op: PaddleBuilder, x: ir.Value, *, decimals: int = 0) -> ir.Value:
    """Half to even, as Paddle 3 rounds, to ``decimals`` decimal digits."""
    if op.dtype(x) not in FLOATS:
        return x
    scale = op.scalar(10.0**decimals, x)
    return op.Div(op.Round(op.Mul(x, scale)), scale) if decimals else op.Round(x)


@paddle_op("round_half_away")
def round_half_away(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Half away from zero, as Paddle 1 and 2 round."""
    if op.dtype(x) not in FLOATS:
        return x
    return op.Mul(op.Sign(x), op.Floor(op.Add(op.Abs(x), op.scalar(0.5, x))))


@paddle_op("trunc")
def trunc(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """Towards zero."""
    return op.Mul(op.Sign(x), op.Floor(op.Abs(x))) if op.dtype(x) in FLOATS else x
