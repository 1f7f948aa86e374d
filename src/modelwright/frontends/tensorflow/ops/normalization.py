"""Batch normalization, with stored statistics or with those of the batch."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op

_HALF = frozenset({ir.DataType.FLOAT16, ir.DataType.BFLOAT16})


@tf_op("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", ignores=("U",))
def fused_batch_norm(
    op: TensorFlowBuilder,
    x: ir.Value,
    scale: ir.Value,
    offset: ir.Value,
    mean: ir.Value,
    variance: ir.Value,
    *,
    epsilon: float = 0.0001,
    exponential_avg_factor: float = 1.0,
    data_format: str = "NHWC",
    is_training: bool = True,
) -> tuple[ir.Value, ...]:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset`` on every channel.

    In training mode mean and variance are the batch's. Results: the normalized tensor, mean, variance (unbiased when
    the batch's, and mixed with the given ones by ``exponential_avg_factor``), then what a gradient would need.
    Half-width tensors are computed in float32, the dtype of the statistics.
    """
    dtype = op.attribute_dtype("T")
    first = op.channels_first(x, data_format)
    if dtype in _HALF:
        first = op.cast(first, ir.DataType.FLOAT)
    if is_training:
        given = None if exponential_avg_factor == 1.0 else (mean, variance)
        y, statistics = _normalize_batch(op, first, scale, offset, epsilon, given, exponential_avg_factor)
    else:
        y = op.BatchNormalization(first, scale, offset, mean, variance, epsilon=epsilon)
        statistics = (mean, variance, mean, variance)
    if dtype in _HALF:
        y = op.cast(y, dtype)
    return (op.from_channels_first(y, data_format), *statistics)[: op.node.outputs]


def _normalize_batch(
    op: TensorFlowBuilder,
    x: ir.Value,
    scale: ir.Value,
    offset: ir.Value,
    epsilon: float,
    given: tuple[ir.Value, ir.Value] | None,
    factor: float,
) -> tuple[ir.Value, tuple[ir.Value, ...]]:
    """Normalizes channels-first ``x`` by its own statistics, which come second."""
    rank = op.need_rank(x)
    axes, ones = [0, *range(2, rank)], list(range(1, rank - 1))
    kept = op.reduce("ReduceMean", x, axes, keepdims=True)
    centered = op.Sub(x, kept)
    spread = op.reduce("ReduceMean", op.Mul(centered, centered), axes, keepdims=True)
    inverse = op.Div(op.unsqueeze(scale, ones), op.Sqrt(op.Add(spread, op.scalar(epsilon, spread))))
    y = op.Add(op.Mul(centered, inverse), op.unsqueeze(offset, ones))
    if op.node.outputs == 1:
        return y, ()
    mean, variance = op.squeeze(kept, axes), op.squeeze(spread, axes)
    count = op.cast(op.reduce("ReduceProd", op.gather(op.shape_of(x), axes), [0], keepdims=False), op.dtype(variance))
    one = op.scalar(1, variance)
    unbiased = op.Mul(variance, op.Div(count, op.Max(op.Sub(count, one), one)))
    if given is None:
        return y, (mean, unbiased, mean, variance)
    keep, take = op.scalar(1 - factor, variance), op.scalar(factor, variance)
    mixed = [op.Add(op.Mul(keep, old), op.Mul(take, new)) for old, new in zip(given, (mean, unbiased), strict=True)]
    return y, (*mixed, mean, variance)


@tf_op("BatchNormWithGlobalNormalization")
def batch_norm_with_global_normalization(
    op: TensorFlowBuilder,
    t: ir.Value,
    m: ir.Value,
    v: ir.Value,
    beta: ir.Value,
    gamma: ir.Value,
    *,
    variance_epsilon: float,
    scale_after_normalization: bool,
) -> ir.Value:
    """``(t - m) / sqrt(v + epsilon) * gamma + beta`` on the last axis; without ``gamma`` unless asked for."""
    divisor = op.Sqrt(op.Add(v, op.scalar(variance_epsilon, v)))
    y = op.Div(op.Sub(t, m), divisor)
    return op.Add(op.Mul(y, gamma) if scale_after_normalization else y, beta)
