"""Activations, of small pieces."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import cast, scalar

_SELU_ALPHA: Final = 1.67326319217681884765625
_SELU_GAMMA: Final = 1.05070102214813232421875


@mind_op("PRelu")
def prelu(e: Emitter, x: ir.Value, slope: ir.Value) -> Term:
    """Negative numbers times a slope."""
    zero = scalar(e, 0, e.kind(x).dtype)
    negative = e.op("Mul", e.op("Minimum", e.term(x), zero), e.term(slope))
    return e.op("Add", e.op("Maximum", e.term(x), zero), negative)


@mind_op("LeakyRelu")
def leaky_relu(e: Emitter, x: ir.Value, *, alpha: float = 0.01) -> Term:
    """Negative numbers times alpha."""
    dtype = e.kind(x).dtype
    zero = scalar(e, 0, dtype)
    negative = e.op("Mul", e.op("Minimum", e.term(x), zero), scalar(e, alpha, dtype))
    return e.op("Add", e.op("Maximum", e.term(x), zero), negative)


@mind_op("Elu")
def elu(e: Emitter, x: ir.Value, *, alpha: float = 1.0) -> Term:
    """``alpha * (exp(x) - 1)`` for negative numbers."""
    return _exponential(e, x, alpha, 1.0, 1.0)


@mind_op("Selu")
def selu(e: Emitter, x: ir.Value, *, alpha: float = _SELU_ALPHA, gamma: float = _SELU_GAMMA) -> Term:
    """Elu, scaled."""
    return _exponential(e, x, alpha, gamma, 1.0)


@mind_op("Celu")
def celu(e: Emitter, x: ir.Value, *, alpha: float = 1.0) -> Term:
    """Elu whose exponent is divided by alpha."""
    return _exponential(e, x, alpha, 1.0, alpha)


def _exponential(e: Emitter, x: ir.Value, alpha: float, gamma: float, divisor: float) -> Term:
    dtype = e.kind(x).dtype
    zero = scalar(e, 0, dtype)
    low = e.op("Minimum", e.term(x), zero)
    if divisor != 1.0:
        low = e.op("Div", low, scalar(e, divisor, dtype))
    grown = e.op("Mul", e.op("Sub", e.op("Exp", low), scalar(e, 1, dtype)), scalar(e, alpha, dtype))
    result = e.op("Add", e.op("Maximum", e.term(x), zero), grown)
    return result if gamma == 1.0 else e.op("Mul", result, scalar(e, gamma, dtype))


@mind_op("HardSigmoid")
def hard_sigmoid(e: Emitter, x: ir.Value, *, alpha: float = 0.2, beta: float = 0.5) -> Term:
    """A line between 0 and 1."""
    dtype = e.kind(x).dtype
    line = e.op("Add", e.op("Mul", e.term(x), scalar(e, alpha, dtype)), scalar(e, beta, dtype))
    return e.op("Maximum", e.op("Minimum", line, scalar(e, 1, dtype)), scalar(e, 0, dtype))


@mind_op("Softplus")
def softplus(e: Emitter, x: ir.Value) -> Term:
    """``log(1 + exp(x))``, without overflow."""
    dtype = e.kind(x).dtype
    grown = e.op("Exp", e.op("Neg", e.op("Abs", e.term(x))))
    return e.op(
        "Add", e.op("Maximum", e.term(x), scalar(e, 0, dtype)), e.op("Log", e.op("Add", grown, scalar(e, 1, dtype)))
    )


@mind_op("Softsign")
def softsign(e: Emitter, x: ir.Value) -> Term:
    """``x / (1 + |x|)``."""
    return e.op("Div", e.term(x), e.op("Add", e.op("Abs", e.term(x)), scalar(e, 1, e.kind(x).dtype)))


@mind_op("ThresholdedRelu")
def thresholded_relu(e: Emitter, x: ir.Value, *, alpha: float = 1.0) -> Term:
    """Numbers above alpha; others become 0."""
    dtype = e.kind(x).dtype
    above = cast(e, e.op("Greater", e.term(x), scalar(e, alpha, dtype)), dtype)
    return e.op("Mul", e.term(x), above)
