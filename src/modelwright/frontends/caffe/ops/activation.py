"""Activations."""

from __future__ import annotations

import math

import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer

_PLAIN = {"AbsVal": "Abs", "BNLL": "Softplus"}
"""Layer types without parameters and the ONNX operators that mean the same."""


def _register(source: str, target: str) -> None:
    @caffe_layer(source)
    def convert(op: CaffeBuilder, x: ir.Value) -> ir.Value:
        return getattr(op, target)(x)

    convert.__doc__ = f"ONNX {target}."


for _source, _target in _PLAIN.items():
    _register(_source, _target)


@caffe_layer("ReLU", param="relu_param", ignores=("engine",))
def relu(op: CaffeBuilder, x: ir.Value, *, negative_slope: float = 0.0) -> ir.Value:
    """``max(x, 0) + negative_slope * min(x, 0)``."""
    return op.LeakyRelu(x, alpha=negative_slope) if negative_slope else op.Relu(x)


@caffe_layer("ReLU6", param="relu6_param")
def relu6(op: CaffeBuilder, x: ir.Value, *, negative_slope: float = 0.0) -> ir.Value:
    """``min(max(x, 0), 6)``; the fork's slope for negative values adds to it."""
    clipped = op.clip(x, 0.0, 6.0)
    if not negative_slope:
        return clipped
    return op.Add(clipped, op.Mul(op.Min(x, op.number(0.0)), op.number(negative_slope)))


@caffe_layer("Sigmoid", param="sigmoid_param", ignores=("engine",))
def sigmoid(op: CaffeBuilder, x: ir.Value) -> ir.Value:
    """1 / (1 + exp(-x))."""
    return op.Sigmoid(x)


@caffe_layer("TanH", param="tanh_param", ignores=("engine",))
def tanh(op: CaffeBuilder, x: ir.Value) -> ir.Value:
    """The hyperbolic tangent."""
    return op.Tanh(x)


@caffe_layer("ELU", param="elu_param")
def elu(op: CaffeBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere."""
    return op.Elu(x, alpha=alpha)


@caffe_layer("Swish", param="swish_param")
def swish(op: CaffeBuilder, x: ir.Value, *, beta: float = 1.0) -> ir.Value:
    """``x * sigmoid(beta * x)``."""
    return op.Mul(x, op.Sigmoid(op.scaled(x, beta, 0.0)))


@caffe_layer("Mish")
def mish(op: CaffeBuilder, x: ir.Value) -> ir.Value:
    """``x * tanh(log(1 + exp(x)))``."""
    return op.Mul(x, op.Tanh(op.Softplus(x)))


@caffe_layer("Clip", param="clip_param")
def clip(op: CaffeBuilder, x: ir.Value, *, min: float, max: float) -> ir.Value:  # noqa: A002  Caffe's names
    """``x`` between ``min`` and ``max``, both of which Caffe requires."""
    return op.clip(x, min, max)


@caffe_layer("PReLU", param="prelu_param", ignores=("filler",), weights=1)
def prelu(op: CaffeBuilder, x: ir.Value, *, channel_shared: bool = False) -> ir.Value:
    """``x`` where positive, ``slope * x`` elsewhere, with a slope for each channel, dimension 1, or one for all."""
    rank = len(op.dims(x))
    if channel_shared:
        return op.PRelu(x, op.weight(0, [1] * rank))
    return op.PRelu(x, op.weight(0, [op.size(x, 1), *([1] * (rank - 2))]))


@caffe_layer("Threshold", param="threshold_param")
def threshold(op: CaffeBuilder, x: ir.Value, *, threshold: float = 0.0) -> ir.Value:
    """1 where ``x > threshold``, else 0."""
    return op.cast(op.Greater(x, op.number(threshold)), ir.DataType.FLOAT)


@caffe_layer("Power", param="power_param")
def power(op: CaffeBuilder, x: ir.Value, *, power: float = 1.0, scale: float = 1.0, shift: float = 0.0) -> ir.Value:
    """``(shift + scale * x) ** power``."""
    base = op.scaled(x, scale, shift)
    if power == 1:
        return base
    if power == 2:
        return op.Mul(base, base)
    return op.Pow(base, op.number(power))


@caffe_layer("Exp", param="exp_param")
def exp(op: CaffeBuilder, x: ir.Value, *, base: float = -1.0, scale: float = 1.0, shift: float = 0.0) -> ir.Value:
    """``base ** (shift + scale * x)``; a base of -1 stands for e."""
    rate = _log_of_base(op, base)
    return op.Exp(op.scaled(x, scale * rate, shift * rate))


@caffe_layer("Log", param="log_param")
def log(op: CaffeBuilder, x: ir.Value, *, base: float = -1.0, scale: float = 1.0, shift: float = 0.0) -> ir.Value:
    """The logarithm of ``shift + scale * x`` to a base; -1 stands for e."""
    return op.scaled(op.Log(op.scaled(x, scale, shift)), 1.0 / _log_of_base(op, base), 0.0)


def _log_of_base(op: CaffeBuilder, base: float) -> float:
    if base == -1:
        return 1.0
    if base <= 0 or base == 1:
        raise op.fail(f"the base {base} has no logarithm to it", hint="base must be positive, or -1 for e")
    return math.log(base)
