"""Activations."""

from __future__ import annotations

from math import pi, sqrt

import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.operators import mindspore_op


@mindspore_op("ReLU")
def relu(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Negative numbers become 0."""
    return op.Relu(x)


@mindspore_op("Sigmoid")
def sigmoid(op: MindBuilder, x: ir.Value) -> ir.Value:
    """``1 / (1 + exp(-x))``."""
    return op.Sigmoid(x)


@mindspore_op("ReLU6")
def relu6(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Between 0 and 6."""
    return op.clip(x, 0, 6)


@mindspore_op("Elu")
def elu(op: MindBuilder, x: ir.Value, alpha: Argument = 1.0) -> ir.Value:
    """``alpha * (exp(x) - 1)`` for negative numbers."""
    return op.Elu(x, alpha=op.need_number(alpha, "alpha"))


@mindspore_op("SeLU", "SeLUExt")
def selu(op: MindBuilder, x: ir.Value) -> ir.Value:
    """Elu, scaled."""
    return op.Selu(x)


@mindspore_op("PReLU")
def prelu(op: MindBuilder, x: ir.Value, slope: ir.Value) -> ir.Value:
    """Negative numbers times a slope for each channel, or one for all."""
    if op.shape(slope) == (1,) or op.need_rank(x) < 2:
        return op.PRelu(x, slope)
    return op.PRelu(x, op.along_channels(slope, x))


@mindspore_op("LeakyReLU", "LeakyReLUExt")
def leaky_relu(op: MindBuilder, x: ir.Value, alpha: Argument = 0.01) -> ir.Value:
    """Negative numbers times alpha."""
    return op.LeakyRelu(x, alpha=op.need_number(alpha, "alpha"))


@mindspore_op("HSigmoid")
def hsigmoid(op: MindBuilder, x: ir.Value) -> ir.Value:
    """``min(max(x + 3, 0), 6) / 6``."""
    return op.HardSigmoid(x, alpha=1 / 6, beta=0.5)


@mindspore_op("HSwish")
def hswish(op: MindBuilder, x: ir.Value) -> ir.Value:
    """The number times its HSigmoid."""
    return op.Mul(x, hsigmoid(op, x))


@mindspore_op("SiLU")
def silu(op: MindBuilder, x: ir.Value) -> ir.Value:
    """The number times its sigmoid."""
    return op.Mul(x, op.Sigmoid(x))


@mindspore_op("Softplus")
def softplus(op: MindBuilder, x: ir.Value) -> ir.Value:
    """``log(1 + exp(x))``."""
    return op.Softplus(x)


@mindspore_op("Mish")
def mish(op: MindBuilder, x: ir.Value) -> ir.Value:
    """``x * tanh(softplus(x))``."""
    return op.Mul(x, op.Tanh(op.Softplus(x)))


@mindspore_op("GeLU")
def gelu(op: MindBuilder, x: ir.Value) -> ir.Value:
    """``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))``."""
    cube = op.Mul(op.Mul(op.Mul(x, x), x), op.scalar(0.044715, x))
    inner = op.Mul(op.Add(x, cube), op.scalar(sqrt(2 / pi), x))
    return op.Mul(op.Mul(x, op.scalar(0.5, x)), op.Add(op.Tanh(inner), op.scalar(1, x)))


@mindspore_op("Softmax")
def softmax(op: MindBuilder, x: ir.Value, axis: Argument = -1) -> ir.Value:
    """Exponentials that add up to 1."""
    return op.Softmax(x, axis=op.need_int(axis, "the axis"))


@mindspore_op("LogSoftmax")
def log_softmax(op: MindBuilder, x: ir.Value, axis: Argument = -1) -> ir.Value:
    """Their logarithms."""
    return op.LogSoftmax(x, axis=op.need_int(axis, "the axis"))
