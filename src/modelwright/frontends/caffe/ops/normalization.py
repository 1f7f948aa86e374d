"""Normalizations."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("LRN", param="lrn_param", ignores=("engine",))
def lrn(
    op: CaffeBuilder,
    x: ir.Value,
    *,
    local_size: int = 5,
    alpha: float = 1.0,
    beta: float = 0.75,
    norm_region: str = "ACROSS_CHANNELS",
    k: float = 1.0,
) -> ir.Value:
    """``x / (k + alpha / size * sum of squares) ** beta`` over neighbouring channels.

    Within a channel the squares are averaged over a square window, and ``k`` is 1 whatever it says.
    """
    if local_size % 2 == 0:
        raise op.fail(f"local_size {local_size} is even", hint="Caffe takes odd sizes only")
    if norm_region == "ACROSS_CHANNELS":
        return op.LRN(x, size=local_size, alpha=alpha, beta=beta, bias=k)
    pad = (local_size - 1) // 2
    mean = op.AveragePool(
        op.Mul(x, x), kernel_shape=[local_size] * 2, pads=[pad] * 4, strides=[1, 1], count_include_pad=1
    )
    return op.Mul(x, op.Pow(op.scaled(mean, alpha, 1.0), op.number(-beta)))


@caffe_layer(
    "BatchNorm",
    param="batch_norm_param",
    ignores=("moving_average_fraction", "engine", "scale_filler", "bias_filler"),
    weights=1,
)
def batch_norm(
    op: CaffeBuilder,
    x: ir.Value,
    *,
    use_global_stats: bool = True,
    eps: float = 1e-5,
    scale_bias: bool = False,
) -> ir.Value:
    """``(x - mean) / sqrt(variance + eps)``; the stored sums are divided by the third blob, by nothing if that is 0.

    ``scale_bias`` of two forks adds a scale and a bias as fourth and fifth blob. With ``use_global_stats: false`` the
    statistics are those of the batch.
    """
    if len(op.dims(x)) < 2:
        raise op.fail(f"its bottom has the shape {list(op.dims(x))}, without channels")
    channels = op.size(x, 1)
    scale = op.array(3, [channels]) if scale_bias else np.ones(channels, np.float32)
    bias = op.array(4, [channels]) if scale_bias else np.zeros(channels, np.float32)
    if not use_global_stats:
        return _by_channel(op, _standardized(op, x, _batch_axes(op, x), eps, inside=True), scale, bias)
    factor = np.float32(op.array(2, [1])[0])
    rate = np.float32(0) if factor == 0 else np.float32(1) / factor
    mean, variance = op.array(0, [channels]) * rate, op.array(1, [channels]) * rate
    return op.BatchNormalization(x, scale, bias, mean, variance, epsilon=eps)


@caffe_layer(
    "BN",
    param="bn_param",
    ignores=(
        "momentum",
        "frozen",
        "engine",
        "slope_filler",
        "bias_filler",
        "scale_filler",
        "shift_filler",
    ),
    weights=1,
)
def bn(op: CaffeBuilder, x: ir.Value, *, eps: float = 1e-5, bn_mode: str = "LEARN") -> ir.Value:
    """Two forks' batch normalization.

    Four blobs are slope, bias, mean and variance. Two are scale and shift, in which ``bn_mode: INFERENCE`` says that
    the statistics have been merged.
    """
    channels = op.size(x, 1)
    slope, bias = op.array(0, [channels]), op.array(1, [channels])
    if op.has_weight(3):
        return op.BatchNormalization(x, slope, bias, op.array(2, [channels]), op.array(3, [channels]), epsilon=eps)
    if bn_mode != "INFERENCE":
        raise op.fail(
            "has only scale and shift, and its mode is LEARN: it would use the statistics of the batch",
            hint="merge the statistics into the weights and set bn_mode: INFERENCE, as the fork's tools do",
        )
    return _by_channel(op, x, slope, bias)


@caffe_layer("MVN", param="mvn_param")
def mvn(
    op: CaffeBuilder,
    x: ir.Value,
    *,
    normalize_variance: bool = True,
    across_channels: bool = False,
    eps: float = 1e-9,
) -> ir.Value:
    """``(x - mean) / (sqrt(variance) + eps)`` for each channel of each item, or for each item."""
    axes = list(range(1 if across_channels else 2, len(op.dims(x))))
    if not normalize_variance:
        return op.Sub(x, op.reduce("ReduceMean", x, axes, keepdims=True))
    return _standardized(op, x, axes, eps, inside=False)


@caffe_layer("Normalize", param="norm_param", ignores=("scale_filler",), weights=1)
def normalize(
    op: CaffeBuilder, x: ir.Value, *, across_spatial: bool = True, channel_shared: bool = True, eps: float = 1e-10
) -> ir.Value:
    """``x / sqrt(sum of squares + eps) * scale`` over an item's channels, or over all of an item."""
    rank = len(op.dims(x))
    axes = list(range(1, rank)) if across_spatial else [1]
    norm = op.Sqrt(op.Add(op.reduce("ReduceSumSquare", x, axes, keepdims=True), op.number(eps)))
    shape = [1] if channel_shared else [op.size(x, 1), *([1] * (rank - 2))]
    return op.Mul(op.Div(x, norm), op.weight(0, shape))


def _batch_axes(op: CaffeBuilder, x: ir.Value) -> list[int]:
    return [0, *range(2, len(op.dims(x)))]


def _standardized(op: CaffeBuilder, x: ir.Value, axes: list[int], eps: float, *, inside: bool) -> ir.Value:
    """``x`` with mean 0 and variance 1 along ``axes``; ``eps`` is added inside or outside the square root."""
    centred = op.Sub(x, op.reduce("ReduceMean", x, axes, keepdims=True))
    variance = op.reduce("ReduceMean", op.Mul(centred, centred), axes, keepdims=True)
    if inside:
        return op.Div(centred, op.Sqrt(op.Add(variance, op.number(eps))))
    return op.Div(centred, op.Add(op.Sqrt(variance), op.number(eps)))


def _by_channel(op: CaffeBuilder, x: ir.Value, scale: np.ndarray, bias: np.ndarray) -> ir.Value:
    shape = (-1, *([1] * (len(op.dims(x)) - 2)))
    if (scale != 1).any():
        x = op.Mul(x, op.constant(scale.reshape(shape)))
    return op.Add(x, op.constant(bias.reshape(shape))) if bias.any() else x
