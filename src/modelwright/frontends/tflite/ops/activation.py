"""Activation functions."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.activations import BOUNDS, activate
from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op

_UNARY = {"RELU": "Relu", "LOGISTIC": "Sigmoid", "TANH": "Tanh", "ELU": "Elu"}


def _register(source: str, target: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
        result: ir.Value = op.emit(target, [x])  # pyright: ignore[reportAssignmentType]
        return result

    convert.__doc__ = f"ONNX {target}."


for _source, _target in _UNARY.items():
    _register(_source, _target)


def _register_clip(source: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
        return activate(op, x, source)

    convert.__doc__ = f"Clips to {BOUNDS[source]}."


for _source in BOUNDS:
    _register_clip(_source)


@tflite_op("LEAKY_RELU")
def leaky_relu(op: TFLiteBuilder, x: ir.Value, *, alpha: float = 0.0) -> ir.Value:
    """``x`` where positive, else ``alpha * x``."""
    return op.LeakyRelu(x, alpha=alpha)


@tflite_op("PRELU")
def prelu(op: TFLiteBuilder, x: ir.Value, slope: ir.Value) -> ir.Value:
    """``x`` where positive, else ``slope * x``; the slope broadcasts."""
    return op.PRelu(x, slope)


@tflite_op("HARD_SWISH")
def hard_swish(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """``x * clip(x + 3, 0, 6) / 6``."""
    if op.opset >= 14:
        return op.HardSwish(x)
    gate = op.clip(op.Add(x, op.scalar(3, x)), 0, 6)
    return op.Mul(x, op.Div(gate, op.scalar(6, x)))


@tflite_op("GELU")
def gelu(op: TFLiteBuilder, x: ir.Value, *, approximate: bool = False) -> ir.Value:
    """``x / 2 * (1 + erf(x / sqrt(2)))``, or by tanh of ``sqrt(2 / pi) * (x + 0.044715 * x ** 3)``."""
    if op.opset >= 20:
        return op.Gelu(x, approximate="tanh" if approximate else "none")
    if approximate:
        cube = op.Mul(op.Mul(x, x), x)
        inner = op.Mul(op.Add(x, op.Mul(cube, op.scalar(0.044715, x))), op.scalar(np.sqrt(2 / np.pi), x))
        bend = op.Tanh(inner)
    else:
        bend = op.Erf(op.Mul(x, op.scalar(np.sqrt(0.5), x)))
    return op.Mul(op.Mul(x, op.scalar(0.5, x)), op.Add(bend, op.scalar(1, x)))


@tflite_op("SOFTMAX")
def softmax(op: TFLiteBuilder, x: ir.Value, *, beta: float = 1.0) -> ir.Value:
    """exp(beta * x) over the last axis, made to sum to 1."""
    if beta != 1:
        x = op.Mul(x, op.scalar(beta, x))
    return op.Softmax(x, axis=-1)


@tflite_op("LOG_SOFTMAX")
def log_softmax(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """The logarithm of the softmax over the last axis."""
    return op.LogSoftmax(x, axis=-1)


@tflite_op("L2_NORMALIZATION")
def l2_normalization(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    """``x`` divided by the root of the sum of squares over the last axis, which is at least 1e-6."""
    norm = op.reduce("ReduceL2", x, [-1], keepdims=True)
    return op.Div(x, op.Max(norm, op.scalar(1e-6, x)))


@tflite_op("LOCAL_RESPONSE_NORMALIZATION")
def local_response_normalization(
    op: TFLiteBuilder, x: ir.Value, *, radius: int = 0, bias: float = 0.0, alpha: float = 0.0, beta: float = 0.0
) -> ir.Value:
    """``x / (bias + alpha * sum of squares of 2 * radius + 1 neighbouring channels) ** beta``, NHWC.

    ONNX divides its ``alpha`` by the number of channels.
    """
    size = 2 * radius + 1
    return op.last(op.LRN(op.first(x), size=size, alpha=alpha * size, beta=beta, bias=bias), 4)
