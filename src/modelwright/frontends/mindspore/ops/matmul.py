"""Products of matrices, and normalizations."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.operators import mindspore_op


def _turned(op: MindBuilder, x: ir.Value, transposed: Argument) -> ir.Value:
    if not transposed:
        return x
    rank = op.need_rank(x)
    return op.transpose(x, [*range(rank - 2), rank - 1, rank - 2])


@mindspore_op("MatMul", "BatchMatMul")
def matmul(op: MindBuilder, x: ir.Value, y: ir.Value, transpose_a: Argument = 0, transpose_b: Argument = 0) -> ir.Value:
    """A product, of transposed matrices where it says so."""
    return op.MatMul(_turned(op, x, transpose_a), _turned(op, y, transpose_b))


@mindspore_op("MatMulExt", "BatchMatMulExt")
def matmul_ext(op: MindBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """A product as numpy has it."""
    return op.MatMul(x, y)


@mindspore_op("Dense")
def dense(op: MindBuilder, x: ir.Value, weight: ir.Value, bias: Argument = None) -> ir.Value:
    """``x @ weight.T + bias``."""
    result = op.MatMul(x, _turned(op, weight, op.need_rank(weight) > 1))
    return result if bias is None else op.Add(result, bias)


@mindspore_op("BatchNorm")
def batch_norm(
    op: MindBuilder,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    mean: ir.Value,
    variance: ir.Value,
    is_training: Argument = 0,
    epsilon: Argument = 1e-5,
    momentum: Argument = 0.1,
    data_format: Argument = 0,
) -> list[Argument]:
    """Normalization with stored statistics; the further results belong to training."""
    del momentum
    if is_training:
        raise op.fail("it trains", hint="call set_train(False) before the export")
    if data_format not in (0, "NCHW", "NCDHW"):
        raise op.fail(f"its channels do not stand second (format {data_format})")
    number = op.need_number(epsilon, "epsilon")
    return [op.BatchNormalization(x, scale, bias, mean, variance, epsilon=number), None, None, None, None]


@mindspore_op("LayerNorm")
def layer_norm(
    op: MindBuilder,
    x: ir.Value,
    gamma: ir.Value,
    beta: ir.Value,
    begin_norm_axis: Argument = 1,
    begin_params_axis: Argument = 1,
    epsilon: Argument = 1e-7,
) -> list[Argument]:
    """Normalization over the last dimensions, with mean and variance as further results."""
    rank = op.need_rank(x)
    first = op.axis(op.need_int(begin_norm_axis, "the first axis"), rank)
    if op.axis(op.need_int(begin_params_axis, "the axis of gamma"), rank) != first:
        raise op.fail("gamma covers other dimensions than those that are normalized")
    return _normalized(op, x, list(range(first, rank)), gamma, beta, op.need_number(epsilon, "epsilon"))


@mindspore_op("LayerNormExt")
def layer_norm_ext(
    op: MindBuilder,
    x: ir.Value,
    normalized_shape: Argument,
    gamma: Argument = None,
    beta: Argument = None,
    epsilon: Argument = 1e-5,
) -> list[Argument]:
    """Normalization over the last dimensions, given by their sizes."""
    rank = op.need_rank(x)
    count = len(op.need_ints(normalized_shape, "the shape"))
    return _normalized(op, x, list(range(rank - count, rank)), gamma, beta, op.need_number(epsilon, "epsilon"))


def _normalized(
    op: MindBuilder, x: ir.Value, axes: list[int], gamma: Argument, beta: Argument, epsilon: float
) -> list[Argument]:
    mean = op.reduce("ReduceMean", x, axes, keepdims=True)
    centred = op.Sub(x, mean)
    variance = op.reduce("ReduceMean", op.Mul(centred, centred), axes, keepdims=True)
    result = op.Div(centred, op.Sqrt(op.Add(variance, op.scalar(epsilon, x))))
    result = result if gamma is None else op.Mul(result, gamma)
    return [result if beta is None else op.Add(result, beta), mean, None]


@mindspore_op("GroupNorm")
def group_norm(
    op: MindBuilder,
    x: ir.Value,
    num_groups: Argument,
    gamma: Argument = None,
    beta: Argument = None,
    epsilon: Argument = 1e-5,
) -> list[Argument]:
    """Normalization of groups of channels."""
    grouped = op.reshape(x, [0, op.need_int(num_groups, "the number of groups"), -1])
    result, *_ = _normalized(op, grouped, [2], None, None, op.need_number(epsilon, "epsilon"))
    result = op.reshape(result, op.shape_of(x))
    result = result if gamma is None else op.Mul(result, op.along_channels(gamma, x))
    return [result if beta is None else op.Add(result, op.along_channels(beta, x)), None, None]


@mindspore_op("LRN")
def lrn(
    op: MindBuilder,
    x: ir.Value,
    *,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    norm_region: str = "ACROSS_CHANNELS",
) -> ir.Value:
    """Division by the neighbours among the channels."""
    if norm_region != "ACROSS_CHANNELS":
        raise op.fail(f"norm_region {norm_region}")
    size = 2 * depth_radius + 1
    return op.LRN(x, size=size, alpha=alpha * size, beta=beta, bias=bias)
