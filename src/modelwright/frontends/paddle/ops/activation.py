"""Activations."""

from __future__ import annotations

import math

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.kernels import compute

_HARD_SWISH_SINCE = 14


@paddle_op("relu")
def relu(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """max(x, 0)."""
    return op.Relu(x)


@paddle_op("relu6")
def relu6(op: PaddleBuilder, x: ir.Value, *, threshold: float = 6.0) -> ir.Value:
    """X in [0, 6]."""
    return op.clip(x, 0.0, threshold)


@paddle_op("sigmoid")
def sigmoid(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """1 / (1 + exp(-x))."""
    return op.Sigmoid(op.as_float(x))


@paddle_op("logsigmoid")
def logsigmoid(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """-softplus(-x)."""
    return op.Neg(compute(op, "Softplus", op.Neg(x)))


@paddle_op("silu")
def silu(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """X sigmoid(x)."""
    return op.Mul(x, op.Sigmoid(x))


@paddle_op("swish")
def swish(op: PaddleBuilder, x: ir.Value, *, beta: float = 1.0) -> ir.Value:
    """X sigmoid(beta x)."""
    return op.Mul(x, op.Sigmoid(op.Mul(x, op.scalar(beta, x)) if beta != 1.0 else x))


@paddle_op("leaky_relu")
def leaky_relu(op: PaddleBuilder, x: ir.Value, *, negative_slope: float = 0.02) -> ir.Value:
    """x, times the slope below zero."""
    return op.LeakyRelu(x, alpha=negative_slope)


@paddle_op("elu")
def elu(op: PaddleBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """X above zero, else alpha (exp(x) - 1)."""
    if op.dtype(x) is ir.DataType.DOUBLE:
        return op.Where(op.Less(x, op.scalar(0, x)), op.Mul(op.Sub(op.Exp(x), op.scalar(1, x)), op.scalar(alpha, x)), x)
    return op.Elu(x, alpha=alpha)


@paddle_op("celu")
def celu(op: PaddleBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """max(0, x) + min(0, alpha (exp(x / alpha) - 1))."""
    a, zero = op.scalar(alpha, x), op.scalar(0, x)
    low = op.Mul(a, op.Sub(op.Exp(op.Div(op.Min(x, zero), a)), op.scalar(1, x)))
    return op.Add(op.Max(x, zero), low)


@paddle_op("selu")
def selu(
    op: PaddleBuilder, x: ir.Value, *, scale: float = 1.0507009873554805, alpha: float = 1.6732632423543772
) -> ir.Value:
    """Scale (x above zero, else alpha (exp(x) - 1))."""
    if op.dtype(x) is ir.DataType.DOUBLE:
        return op.Mul(elu(op, x, alpha=alpha), op.scalar(scale, x))
    return op.Selu(x, alpha=alpha, gamma=scale)


@paddle_op("gelu")
def gelu(op: PaddleBuilder, x: ir.Value, *, approximate: bool = False) -> ir.Value:
    """X times the normal distribution's probability below x, exact or by tanh."""
    half, one = op.scalar(0.5, x), op.scalar(1, x)
    if approximate:
        cubed = op.Mul(op.Mul(op.Mul(x, x), x), op.scalar(0.044715, x))
        inner = op.Tanh(op.Mul(op.Add(x, cubed), op.scalar(math.sqrt(2 / math.pi), x)))
    else:
        inner = compute(op, "Erf", op.Mul(x, op.scalar(math.sqrt(0.5), x)))
    return op.Mul(op.Mul(x, half), op.Add(inner, one))


@paddle_op("mish", ignores=("threshold", "lambda"))
def mish(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """X tanh(softplus(x)); beyond a threshold Paddle takes x for softplus, which tanh does not see."""
    return op.Mul(x, op.Tanh(compute(op, "Softplus", x)))


@paddle_op("softplus")
def softplus(op: PaddleBuilder, x: ir.Value, *, beta: float = 1.0, threshold: float = 20.0) -> ir.Value:
    """log(1 + exp(beta x)) / beta, and x where beta x exceeds the threshold."""
    b = op.scalar(beta, x)
    scaled = op.Mul(x, b) if beta != 1.0 else x
    soft = compute(op, "Softplus", scaled)
    return op.Where(op.Greater(scaled, op.scalar(threshold, x)), x, op.Div(soft, b) if beta != 1.0 else soft)


@paddle_op("tanh_shrink")
def tanh_shrink(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """X - tanh(x)."""
    return op.Sub(x, op.Tanh(x))


@paddle_op("stanh")
def stanh(op: PaddleBuilder, x: ir.Value, *, scale_a: float = 0.67, scale_b: float = 1.7159) -> ir.Value:
    """scale_b tanh(scale_a x)."""
    return op.Mul(op.Tanh(op.Mul(x, op.scalar(scale_a, x))), op.scalar(scale_b, x))


@paddle_op("hardshrink")
def hardshrink(op: PaddleBuilder, x: ir.Value, *, threshold: float = 0.5) -> ir.Value:
    """X outside [-threshold, threshold], else 0."""
    return op.Where(op.Greater(op.Abs(x), op.scalar(threshold, x)), x, op.scalar(0, x))


@paddle_op("softshrink")
def softshrink(op: PaddleBuilder, x: ir.Value, *, threshold: float = 0.5) -> ir.Value:
    """X moved towards zero by the threshold, 0 within it."""
    return op.Mul(op.Sign(x), op.Max(op.Sub(op.Abs(x), op.scalar(threshold, x)), op.scalar(0, x)))


@paddle_op("thresholded_relu")
def thresholded_relu(op: PaddleBuilder, x: ir.Value, *, threshold: float = 1.0, value: float = 0.0) -> ir.Value:
    """X above the threshold, else ``value``."""
    return op.Where(op.Greater(x, op.scalar(threshold, x)), x, op.scalar(value, x))


@paddle_op("hardtanh")
def hardtanh(op: PaddleBuilder, x: ir.Value, *, t_min: float = 0.0, t_max: float = 24.0) -> ir.Value:
    """X in [t_min, t_max]."""
    return op.clip(x, t_min, t_max)


@paddle_op("hardsigmoid")
def hardsigmoid(op: PaddleBuilder, x: ir.Value, *, slope: float = 0.2, offset: float = 0.5) -> ir.Value:
    """Slope x + offset in [0, 1]."""
    if op.dtype(x) is ir.DataType.DOUBLE:
        return op.clip(op.Add(op.Mul(x, op.scalar(slope, x)), op.scalar(offset, x)), 0.0, 1.0)
    return op.HardSigmoid(x, alpha=slope, beta=offset)


@paddle_op("hardswish")
def hardswish(
    op: PaddleBuilder, x: ir.Value, *, threshold: float = 6.0, scale: float = 6.0, offset: float = 3.0
) -> ir.Value:
    """X (x + offset in [0, threshold]) / scale."""
    usual = (threshold, scale, offset) == (6.0, 6.0, 3.0) and op.opset >= _HARD_SWISH_SINCE
    if usual and op.dtype(x) is not ir.DataType.DOUBLE:
        return op.HardSwish(x)
    gate = op.clip(op.Add(x, op.scalar(offset, x)), 0.0, threshold)
    return op.Div(op.Mul(x, gate), op.scalar(scale, x))


@paddle_op("prelu")
def prelu(op: PaddleBuilder, x: ir.Value, alpha: ir.Value, *, data_format: str = "NCHW", mode: str = "all") -> ir.Value:
    """x, times alpha below zero: one number, one a channel, or one an element."""
    rank = op.need_rank(x)
    if mode == "all":
        slope = op.reshape(alpha, [1] * rank)
    elif mode == "channel":
        last = data_format in ("NHWC", "NLC", "NDHWC")
        slope = op.reshape(alpha, [-1] if last else [-1] + [1] * (rank - 2))
    else:
        slope = op.reshape(alpha, [1, *(op.need_size(x, axis, "the size") for axis in range(1, rank))])
    return op.PRelu(x, slope)


@paddle_op("softmax")
def softmax(op: PaddleBuilder, x: ir.Value, *, axis: int = -1) -> ir.Value:
    """exp(x) over its sum along an axis."""
    return _scalar_safe(op, "Softmax", x, axis)


@paddle_op("log_softmax")
def log_softmax(op: PaddleBuilder, x: ir.Value, *, axis: int = -1) -> ir.Value:
    """The logarithm of softmax."""
    return _scalar_safe(op, "LogSoftmax", x, axis)


def _scalar_safe(op: PaddleBuilder, op_type: str, x: ir.Value, axis: int) -> ir.Value:
    """The operator along an axis; a tensor of rank 0 is taken as one of one element."""
    if op.rank(x) == 0:
        return op.squeeze(op.emit(op_type, [op.unsqueeze(x, [0])], {"axis": 0}), [0])  # pyright: ignore[reportArgumentType]
    return op.emit(op_type, [x], {"axis": axis})  # pyright: ignore[reportReturnType]


@paddle_op("maxout")
def maxout(op: PaddleBuilder, x: ir.Value, *, groups: int, axis: int = 1) -> ir.Value:
    """The largest of each ``groups`` neighbouring channels."""
    rank = op.need_rank(x)
    axis = op.axis(axis, rank)
    channels = op.need_size(x, axis, "the number of channels")
    tail = op.slice(op.shape_of(x), [axis + 1], [None])
    parts = [op.slice(op.shape_of(x), [0], [axis]), op.ints(channels // groups, groups), tail]
    return op.reduce("ReduceMax", op.reshape(x, op.concat(parts, 0)), [axis + 1], keepdims=False)


@paddle_op("swiglu")
def swiglu(op: PaddleBuilder, x: ir.Value, y: ir.Value | None = None) -> ir.Value:
    """silu(x) y; without ``y`` the two halves of the last dimension."""
    if y is None:
        size = op.need_size(x, -1, "the last dimension")
        x, y = op.split(x, [size // 2, size // 2], op.need_rank(x) - 1)
    return op.Mul(silu(op, x), y)


@paddle_op("rrelu")
def rrelu(
    op: PaddleBuilder, x: ir.Value, *, lower: float = 0.125, upper: float = 1 / 3, is_test: bool = False
) -> ir.Value:
    """A leaky ReLU of random slope, which is the middle of its range outside training."""
    if not is_test:
        raise op.fail("is saved in training mode", hint="call eval() on the layer before saving")
    return op.LeakyRelu(x, alpha=(lower + upper) / 2)
