"""Activations that older opsets spell with simpler operators."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder


@lower("Swish", version=24)
def swish(op: StepBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``x * sigmoid(alpha * x)``."""
    inner = x if alpha == 1.0 else op.Mul(x, op.scalar(alpha, x))
    return op.Mul(x, op.Sigmoid(inner))


@lower("Gelu", version=20)
def gelu(op: StepBuilder, x: ir.Value, *, approximate: str = "none") -> ir.Value:
    """``x/2 * (1 + erf(x / sqrt 2))``, or the approximation with tanh (Hendrycks and Gimpel, 2016)."""
    half = op.Mul(x, op.scalar(0.5, x))
    if approximate == "tanh":
        cube = op.Mul(op.Mul(x, x), x)
        inner = op.Add(x, op.Mul(cube, op.scalar(0.044715, x)))
        gate = op.Tanh(op.Mul(inner, op.scalar(math.sqrt(2 / math.pi), x)))
    else:
        gate = op.Erf(op.Mul(x, op.scalar(math.sqrt(0.5), x)))
    return op.Mul(half, op.Add(gate, op.scalar(1.0, x)))


@lower("Mish", version=18)
def mish(op: StepBuilder, x: ir.Value) -> ir.Value:
    """``x * tanh(softplus(x))``."""
    return op.Mul(x, op.Tanh(op.Softplus(x)))


@lower("HardSwish", version=14)
def hard_swish(op: StepBuilder, x: ir.Value) -> ir.Value:
    """``x * HardSigmoid(x)`` with slope 1/6."""
    return op.Mul(x, op.HardSigmoid(x, alpha=1 / 6, beta=0.5))


@lower("Celu", version=12)
def celu(op: StepBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``alpha * Elu(x / alpha)``, which is ``x`` where positive."""
    if alpha == 1.0:
        return op.Elu(x)
    scale = op.scalar(alpha, x)
    return op.Mul(op.Elu(op.Div(x, scale)), scale)


@lower("ThresholdedRelu", version=10)
def thresholded_relu(op: StepBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``x`` where it is above ``alpha``, else 0."""
    return op.Where(op.Greater(x, op.scalar(alpha, x)), x, op.scalar(0.0, x))


@lower("Relu", version=14)
def relu(op: StepBuilder, x: ir.Value) -> ir.Value | None:
    """Of integers: what is negative becomes 0."""
    if op.is_float(x):
        return None
    zero = op.constant(np.asarray(0, op.known_dtype(x).numpy()))
    return op.Where(op.Less(x, zero), zero, x)
