"""Tensors made of sizes: ranges, fills, one-hot rows, matrices."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.hub.kernels import kernel_dtype


@tflite_op("RANGE")
def range_(op: TFLiteBuilder, start: ir.Value, limit: ir.Value, delta: ir.Value) -> ir.Value:
    """Numbers from ``start`` in steps of ``delta`` before ``limit``."""
    dtype = op.dtype(start)
    kernel = kernel_dtype(op, "Range", dtype)
    scalars = [op.reshape(op.cast(item, kernel), []) for item in (start, limit, delta)]
    return op.cast(op.Range(*scalars), dtype)


@tflite_op("FILL")
def fill(op: TFLiteBuilder, shape: ir.Value, value: ir.Value) -> ir.Value:
    """One number in every place."""
    return op.Expand(value, op.int64(shape))


@tflite_op("ZEROS_LIKE")
def zeros_like(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """Zeros of the shape of ``x``."""
    return op.Expand(op.scalar(0, x), op.shape_of(x))


@tflite_op("ONE_HOT")
def one_hot(
    op: TFLiteBuilder, indices: ir.Value, depth: ir.Value, on: ir.Value, off: ir.Value, *, axis: int = -1
) -> ir.Value:
    """``on`` at the index along a new axis of size ``depth``, ``off`` elsewhere; indices outside have no ``on``."""
    dtype = op.dtype(on)
    rank = op.need_rank(indices)
    place = axis % (rank + 1)
    places = op.Range(op.constant(np.int64(0)), op.reshape(op.int64(depth), []), op.constant(np.int64(1)))
    along = op.reshape(places, [1] * place + [-1] + [1] * (rank - place))
    hit = op.Equal(op.unsqueeze(op.cast(indices, ir.DataType.INT64), [place]), along)
    kernel = kernel_dtype(op, "Where", dtype)
    return op.cast(op.Where(hit, op.cast(on, kernel), op.cast(off, kernel)), dtype)


@tflite_op("FAKE_QUANT")
def fake_quant(
    op: TFLiteBuilder,
    x: ir.Value,
    *,
    min: float,  # noqa: A002  the name in the schema
    max: float,  # noqa: A002  the name in the schema
    num_bits: int = 8,
    narrow_range: bool = False,
) -> ir.Value:
    """Rounds to a grid of ``2 ** num_bits`` numbers from about ``min`` to about ``max`` that has 0 among them."""
    low, high = int(narrow_range), 2**num_bits - 1
    scale = (max - min) / (high - low)
    zero = float(np.clip(np.floor(low - min / scale + 0.5), low, high))
    bottom, top = (low - zero) * scale, (high - zero) * scale
    clipped = op.clip(x, bottom, top)
    steps = op.Floor(op.Add(op.Div(op.Sub(clipped, op.scalar(bottom, x)), op.scalar(scale, x)), op.scalar(0.5, x)))
    return op.Add(op.Mul(steps, op.scalar(scale, x)), op.scalar(bottom, x))


@tflite_op("QUANTIZE", "DEQUANTIZE", "DENSIFY")
def quantize(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """Other numbers for the same values: what a result is stored as is decided by its tensor, not here."""
    tensor = op.node.outputs[0]
    if tensor.quantization is None and tensor.dtype is not None:
        return op.cast(x, tensor.dtype)
    return x
