"""MaxUnpool, which puts back what MaxPool took."""

from __future__ import annotations

from math import prod

import onnx_ir as ir

from modelwright.backends.tflite.builder import INT32, LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.hub.taps import unpooled_shape


@lite_op("MaxUnpool")
def max_unpool(
    op: LiteBuilder,
    x: ir.Value,
    places: ir.Value,
    wanted: ir.Value | None = None,
    *,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value:
    """Elements put back to where MaxPool found them, zeros elsewhere."""
    rank = len(kernel_shape)
    steps = strides or [1] * rank
    if any(size > step for size, step in zip(kernel_shape, steps, strict=True)):
        raise op.fail("windows overlap, so that an element may be put back twice, which TFLite adds up")
    shape = op.need_shape(x)
    full = unpooled_shape(shape, kernel_shape, steps, pads or [0] * 2 * rank)
    if wanted is not None:
        full = [int(size) for size in op.need_constant(wanted, "the output's shape").reshape(-1)]
    flat = op.to_shape(op.cast(places, INT32), (prod(shape), 1))
    put = op.SCATTER_ND(flat, op.to_shape(x, (prod(shape),)), op.i32(prod(full)), shape=(prod(full),))
    return op.to_shape(put, full)
