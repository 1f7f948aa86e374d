"""Normalizations and norms."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.windows import channels_back, channels_first

_LAYER_NORMALIZATION_SINCE = 17


@paddle_op("batch_norm", ignores=("momentum",))
def batch_norm(
    op: PaddleBuilder,
    x: ir.Value,
    mean: ir.Value,
    variance: ir.Value,
    scale: ir.Value | None = None,
    bias: ir.Value | None = None,
    *,
    is_test: bool = False,
    epsilon: float = 1e-5,
    data_format: str = "NCHW",
    use_global_stats: bool = False,
) -> ir.Value:
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias`` a channel, with the stored statistics."""
    if not (is_test or use_global_stats):
        raise op.fail("is saved in training mode", hint="call eval() on the layer before saving it")
    x = channels_first(op, x, data_format)
    ones = op.constant(np.ones(1, op.dtype(mean).numpy()))
    factor: ir.Value = op.Expand(ones, op.shape_of(mean)) if scale is None else scale
    shift: ir.Value = op.Sub(mean, mean) if bias is None else bias
    if op.dtype(x) is ir.DataType.DOUBLE:
        y = _written_out(op, x, mean, variance, factor, shift, epsilon)
    else:
        y = op.BatchNormalization(x, factor, shift, mean, variance, epsilon=epsilon)
    return channels_back(op, y, data_format, op.need_rank(x))


def _written_out(
    op: PaddleBuilder, x: ir.Value, mean: ir.Value, variance: ir.Value, scale: ir.Value, bias: ir.Value, epsilon: float
) -> ir.Value:
    shape = [-1] + [1] * (op.need_rank(x) - 2)
    factor = op.Div(scale, op.Sqrt(op.Add(variance, op.scalar(epsilon, variance))))
    centered = op.Sub(x, op.reshape(mean, shape))
    return op.Add(op.Mul(centered, op.reshape(factor, shape)), op.reshape(bias, shape))


@paddle_op("layer_norm")
def layer_norm(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value | None = None,
    bias: ir.Value | None = None,
    *,
    epsilon: float = 1e-5,
    begin_norm_axis: int = 1,
) -> tuple[ir.Value, ...]:
    """Normalizes over the dimensions from ``begin_norm_axis`` on; scale and bias are flat over them."""
    rank = op.need_rank(x)
    begin = op.axis(begin_norm_axis, rank)
    sizes = op.sizes(x)[begin:]
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes):
        scale, bias = (_shaped(op, item, known) for item in (scale, bias))
    used = op.node.is_used(1) or op.node.is_used(2)
    if op.opset >= _LAYER_NORMALIZATION_SINCE and not used and (scale is not None or len(known) == len(sizes)):
        ones = op.constant(np.ones(known, op.dtype(x).numpy())) if scale is None else scale
        return (op.LayerNormalization(x, ones, bias, axis=begin, epsilon=epsilon),)
    axes = list(range(begin, rank))
    mean = op.reduce("ReduceMean", x, axes, keepdims=True)
    centered = op.Sub(x, mean)
    variance = op.reduce("ReduceMean", op.Mul(centered, centered), axes, keepdims=True)
    y = op.Div(centered, op.Sqrt(op.Add(variance, op.scalar(epsilon, x))))
    y = y if scale is None else op.Mul(y, scale)
    y = y if bias is None else op.Add(y, bias)
    return y, op.reshape(mean, [-1]), op.reshape(variance, [-1])


def _shaped(op: PaddleBuilder, value: ir.Value | None, sizes: list[int]) -> ir.Value | None:
    return value if value is None or len(sizes) == 1 else op.reshape(value, sizes)


@paddle_op("group_norm")
def group_norm(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value | None = None,
    bias: ir.Value | None = None,
    *,
    epsilon: float = 1e-5,
    groups: int = 1,
    data_format: str = "NCHW",
) -> ir.Value:
    """Normalizes over groups of channels and all places, then a scale and a shift a channel."""
    x = channels_first(op, x, data_format)
    rank = op.need_rank(x)
    flat = op.reshape(x, [0, groups, -1])
    ones, zeros = (op.constant(np.full(groups, fill, op.dtype(x).numpy())) for fill in (1, 0))
    y = op.reshape(op.InstanceNormalization(flat, ones, zeros, epsilon=epsilon), op.shape_of(x))
    shape = [-1] + [1] * (rank - 2)
    y = y if scale is None else op.Mul(y, op.reshape(scale, shape))
    y = y if bias is None else op.Add(y, op.reshape(bias, shape))
    return channels_back(op, y, data_format, rank)


@paddle_op("instance_norm")
def instance_norm(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value | None = None,
    bias: ir.Value | None = None,
    *,
    epsilon: float = 1e-5,
) -> ir.Value:
    """Normalizes each channel over its places, then a scale and a shift a channel."""
    if scale is None or bias is None:
        channels = op.need_size(x, 1, "the number of channels")
        scale = op.constant(np.ones(channels, op.dtype(x).numpy())) if scale is None else scale
        bias = op.constant(np.zeros(channels, op.dtype(x).numpy())) if bias is None else bias
    return op.InstanceNormalization(x, scale, bias, epsilon=epsilon)


@paddle_op("rms_norm")
def rms_norm(
    op: PaddleBuilder,
    x: ir.Value,
    scale: ir.Value | None = None,
    *,
    normalized_shape: list[int],
    epsilon: float = 1e-5,
) -> ir.Value:
    """Divides by the root of the mean square over the last dimensions, then scales."""
    rank = op.need_rank(x)
    axes = list(range(rank - len(normalized_shape), rank))
    mean = op.reduce("ReduceMean", op.Mul(x, x), axes, keepdims=True)
    y = op.Div(x, op.Sqrt(op.Add(mean, op.scalar(epsilon, x))))
    return y if scale is None else op.Mul(y, scale)


@paddle_op("lrn")
def lrn(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    n: int = 5,
    k: float = 2.0,
    alpha: float = 1e-4,
    beta: float = 0.75,
    data_format: str = "AnyLayout",
) -> ir.Value:
    """Divides by ``(k + alpha * sum of squares of n channels) ** beta``; ONNX divides alpha by n."""
    x = channels_first(op, x, data_format)
    return channels_back(op, op.LRN(x, size=n, bias=k, alpha=alpha * n, beta=beta), data_format, op.need_rank(x))


@paddle_op("norm")
def norm(op: PaddleBuilder, x: ir.Value, *, axis: int, epsilon: float = 1e-10) -> tuple[ir.Value, ir.Value]:
    """``x / sqrt(sum of squares + epsilon)`` along an axis, and the divisor."""
    total = op.reduce("ReduceSum", op.Mul(x, x), [op.axis(axis, op.need_rank(x))], keepdims=True)
    length = op.Sqrt(op.Add(total, op.scalar(epsilon, x)))
    return op.Div(x, length), length


@paddle_op("p_norm")
def p_norm(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    porder: float = 2.0,
    axis: int = -1,
    epsilon: float = 1e-12,
    keepdim: bool = False,
    asvector: bool = False,
) -> ir.Value:
    """The p-norm along an axis, or of all elements; epsilon only matters to gradients."""
    del epsilon
    axes = None if asvector else [op.axis(axis, op.need_rank(x))]
    return vector_norm(op, x, porder, axes, keepdims=keepdim)


def vector_norm(op: PaddleBuilder, x: ir.Value, order: float, axes: list[int] | None, *, keepdims: bool) -> ir.Value:
    """``(sum |x| ** order) ** (1 / order)``; of order 0 how many are not 0, of infinite the extreme."""
    size = op.Abs(x)
    if math.isinf(order):
        return op.reduce("ReduceMax" if order > 0 else "ReduceMin", size, axes, keepdims=keepdims)
    if order == 0:
        return op.reduce("ReduceSum", op.Sign(size), axes, keepdims=keepdims)
    if order == 1:
        return op.reduce("ReduceSum", size, axes, keepdims=keepdims)
    if order == 2:
        return op.Sqrt(op.reduce("ReduceSum", op.Mul(x, x), axes, keepdims=keepdims))
    total = op.reduce("ReduceSum", op.Pow(size, op.scalar(order, x)), axes, keepdims=keepdims)
    return op.Pow(total, op.scalar(1.0 / order, x))


@paddle_op("frobenius_norm")
def frobenius_norm(
    op: PaddleBuilder,
    x: ir.Value,
    axis: ir.Value | None = None,
    *,
    keepdim: bool = False,
    keep_dim: bool = False,
    reduce_all: bool = False,
) -> ir.Value:
    """The root of the sum of squares."""
    axes = None if reduce_all else op.axes(axis, op.need_rank(x)) or None
    return vector_norm(op, x, 2.0, axes, keepdims=keepdim or keep_dim)


@paddle_op("dist")
def dist(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, p: float = 2.0) -> ir.Value:
    """The p-norm of the difference, of rank 0."""
    return vector_norm(op, op.Sub(x, y), p, None, keepdims=False)


@paddle_op("squared_l2_norm")
def squared_l2_norm(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """The sum of squares, as a vector of one."""
    return op.reshape(op.reduce("ReduceSum", op.Mul(x, x), None, keepdims=False), [1])
