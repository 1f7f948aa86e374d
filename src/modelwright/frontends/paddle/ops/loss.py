"""Losses that are saved with a network."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op


@paddle_op("cross_entropy_with_softmax")
def cross_entropy_with_softmax(
    op: PaddleBuilder,
    x: ir.Value,
    label: ir.Value,
    *,
    soft_label: bool = False,
    use_softmax: bool = True,
    numeric_stable_mode: bool = True,
    ignore_index: int = -100,
    axis: int = -1,
) -> tuple[ir.Value, ir.Value]:
    """Softmax, and the negative logarithm of what it gives the label; 0 for labels that are ignored."""
    del numeric_stable_mode
    place = op.axis(axis, op.need_rank(x))
    probability = op.Softmax(x, axis=place) if use_softmax else x
    logarithm = op.LogSoftmax(x, axis=place) if use_softmax else op.Log(x)
    if soft_label:
        loss = op.Neg(op.reduce("ReduceSum", op.Mul(label, logarithm), [place], keepdims=True))
        return probability, loss
    index = op.int64(label)
    ignored = op.Equal(index, op.constant(np.asarray(ignore_index, np.int64)))
    picked = op.Neg(
        op.GatherElements(logarithm, op.Where(ignored, op.constant(np.asarray(0, np.int64)), index), axis=place)
    )
    return probability, op.Where(ignored, op.scalar(0, x), picked)
