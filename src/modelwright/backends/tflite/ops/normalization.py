"""Normalizations and softmax."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import lite_op, window_op
from modelwright.backends.tflite.ops.convolution import channels_first, channels_last


@window_op("BatchNormalization", ignores=("momentum",))
def batch_normalization(
    op: LiteBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    mean: ir.Value,
    variance: ir.Value,
    *,
    epsilon: float = 1e-5,
    training_mode: int = 0,
) -> tuple[ir.Value, ...]:
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias`` as a product and a sum for each channel."""
    if training_mode:
        raise op.fail("BatchNormalization in training mode", hint="export the model for inference")
    arrays = [op.constant_value(value) for value in (scale, bias, mean, variance)]
    shape = [-1, *[1] * max(op.need_rank(x) - 2, 0)]
    kind = op.dtype(x)
    if all(array is not None for array in arrays):
        s, b, m, v = (array.astype(np.float64) for array in arrays if array is not None)
        factor = s / np.sqrt(v + epsilon)
        term = b - m * factor
        factor, term = (item.reshape(shape).astype(kind.numpy()) for item in (factor, term))
        return (op.Add(op.Mul(x, factor), term),)
    deviation = op.Sqrt(op.Add(variance, op.scalar(epsilon, variance)))
    factor = op.Div(op.cast(scale, op.dtype(variance)), deviation)
    term = op.Sub(op.cast(bias, op.dtype(variance)), op.Mul(mean, factor))
    return (op.Add(op.Mul(x, op.reshape(op.cast(factor, kind), shape)), op.reshape(op.cast(term, kind), shape)),)


@window_op("InstanceNormalization")
def instance_normalization(
    op: LiteBuilder, x: ir.Value, scale: ir.Value, bias: ir.Value, *, epsilon: float = 1e-5
) -> ir.Value:
    """Mean 0 and variance 1 over the spatial dimensions."""
    rank = op.need_rank(x)
    axes = list(range(2, rank))
    centred = op.Sub(x, op.reduce("ReduceMean", x, axes, keepdims=True))
    variance = op.reduce("ReduceMean", op.Mul(centred, centred), axes, keepdims=True)
    deviation = op.Sqrt(op.Add(variance, op.scalar(epsilon, x)))
    shape = [-1, *[1] * (rank - 2)]
    return op.Add(op.Mul(op.Div(centred, deviation), op.reshape(scale, shape)), op.reshape(bias, shape))


@window_op("LRN")
def local_response_normalization(
    op: LiteBuilder, x: ir.Value, *, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0, size: int
) -> ir.Value:
    """LOCAL_RESPONSE_NORMALIZATION, whose ``alpha`` is for each channel."""
    if size % 2 == 0:
        raise op.fail("TFLite normalizes over an odd number of channels only")
    rank = op.need_rank(x)
    if rank != 4:
        raise op.fail(f"data of {rank} dimensions; TFLite takes 4")
    options = {"radius": size // 2, "bias": bias, "alpha": alpha / size, "beta": beta}
    return channels_first(op, op.LOCAL_RESPONSE_NORMALIZATION(channels_last(op, x), **options), rank)


@lite_op("LayerNormalization", ignores=("stash_type",))
def layer_normalization(
    op: LiteBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
) -> tuple[ir.Value, ...]:
    """Mean 0 and variance 1 over the dimensions from ``axis``."""
    rank = op.need_rank(x)
    axes = op.i32(list(range(axis % rank, rank)))
    mean = op.MEAN(x, axes, keep_dims=1)
    variance = op.MEAN(op.SQUARED_DIFFERENCE(x, mean), axes, keep_dims=1)
    inverse = op.RSQRT(op.ADD(variance, op.scalar(epsilon, variance)))
    result = op.MUL(op.MUL(op.SUB(x, mean), inverse), scale)
    result = result if bias is None else op.ADD(result, bias)
    extra = [op.cast(item, op.dtype(value)) for item, value in zip((mean, inverse), op.node.outputs[1:], strict=False)]
    return (result, *extra)


@lite_op("Softmax")
def softmax(op: LiteBuilder, x: ir.Value, *, axis: int = -1) -> ir.Value:
    """Exponentials divided by their sum along ``axis``."""
    return _along_last(op, x, axis, {"beta": 1.0})


@lite_op("LogSoftmax")
def log_softmax(op: LiteBuilder, x: ir.Value, *, axis: int = -1) -> ir.Value:
    """The logarithm of softmax."""
    return _along_last(op, x, axis, None)


def _along_last(op: LiteBuilder, x: ir.Value, axis: int, options: dict[str, float] | None) -> ir.Value:
    """SOFTMAX with options, or LOG_SOFTMAX, which TFLite has along the last dimension."""
    rank = op.need_rank(x)
    name = "LOG_SOFTMAX" if options is None else "SOFTMAX"
    if rank == 0:
        return op.to_shape(op.first(op.emit(name, [op.to_shape(x, (1,))], options)), ())
    place = axis % rank
    order = [number for number in range(rank) if number != place] + [place]
    result = op.first(op.emit(name, [op.moved(x, order)], options))
    return op.moved(result, [order.index(number) for number in range(rank)])


@lite_op("Hardmax")
def hardmax(op: LiteBuilder, x: ir.Value, *, axis: int = -1) -> ir.Value:
    """1 at the first largest entry along ``axis``, else 0."""
    rank = op.need_rank(x)
    place = axis % rank
    depth = op.need_shape(x, [place])[place]
    found = op.ARG_MAX(x, op.i32(place), output_type="int32")
    on, off = (op.constant(np.asarray(number, np.float32)) for number in (1, 0))
    result = op.ONE_HOT(
        found, op.i32_scalar(depth), on, off, axis=place if place != rank - 1 else -1, shape=op.shape(x)
    )
    return op.cast(result, op.dtype(x))


@lite_op("LpNormalization")
def lp_normalization(op: LiteBuilder, x: ir.Value, *, axis: int = -1, p: int = 2) -> ir.Value:
    """Divided by the norm along ``axis``; zeros stay."""
    axes = op.i32(axis % op.need_rank(x))
    norm = op.SUM(op.ABS(x), axes, keep_dims=1) if p == 1 else op.SQRT(op.SUM(op.SQUARE(x), axes, keep_dims=1))
    safe = op.SELECT_V2(op.EQUAL(norm, op.scalar(0, norm)), op.scalar(1, norm), norm)
    return op.DIV(x, safe)


@lite_op("MeanVarianceNormalization")
def mean_variance_normalization(op: LiteBuilder, x: ir.Value, *, axes: list[int] | None = None) -> ir.Value:
    """Mean 0 and variance 1."""
    places = op.i32([axis % op.need_rank(x) for axis in ([0, 2, 3] if axes is None else axes)])
    centred = op.SUB(x, op.MEAN(x, places, keep_dims=1))
    deviation = op.SQRT(op.MEAN(op.SQUARE(centred), places, keep_dims=1))
    return op.DIV(centred, op.ADD(deviation, op.scalar(1e-9, x)))
