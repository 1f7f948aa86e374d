"""Trigonometric and hyperbolic functions, their inverses, and the error function."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import lite_op


@lite_op("Tan")
def tan(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``sin(x) / cos(x)``."""
    return op.DIV(op.SIN(x), op.COS(x))


@lite_op("Atan")
def atan(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The angle whose tangent is ``x``."""
    return op.ATAN2(x, _ones(op, x))


@lite_op("Asin")
def asin(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The angle whose sine is ``x``."""
    return op.ATAN2(x, _leg(op, x))


@lite_op("Acos")
def acos(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The angle whose cosine is ``x``."""
    return op.ATAN2(_leg(op, x), x)


def _leg(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``sqrt(1 - x^2)``, as a product of sums that are exact near 1."""
    one = op.scalar(1, x)
    return op.SQRT(op.MUL(op.SUB(one, x), op.ADD(one, x)))


def _ones(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """Ones of the shape of ``x``: ATAN2 spreads nothing."""
    return op.MINIMUM(op.MAXIMUM(x, op.scalar(1, x)), op.scalar(1, x))


@lite_op("Sinh")
def sinh(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``(exp(x) - exp(-x)) / 2``, by ``exp(x) - 1`` where that is exact near 0."""
    half = op.scalar(0.5, x)
    size = op.ABS(x)
    grown = _expm1(op, size)
    value = op.MUL(half, op.ADD(grown, op.DIV(grown, op.ADD(grown, op.scalar(1, x)))))
    return op.MUL(op.SIGN(x), value)


def _expm1(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``exp(x) - 1`` of ``x >= 0``: below 0.5 from ELU, which has it for negative numbers."""
    low = op.ELU(op.NEG(op.MINIMUM(x, op.scalar(0.5, x))))
    small = op.DIV(op.NEG(low), op.ADD(low, op.scalar(1, x)))
    return op.SELECT_V2(op.LESS(x, op.scalar(0.5, x)), small, op.SUB(op.EXP(x), op.scalar(1, x)))


@lite_op("Cosh")
def cosh(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``(exp(x) + exp(-x)) / 2``."""
    return op.MUL(op.ADD(op.EXP(x), op.EXP(op.NEG(x))), op.scalar(0.5, x))


@lite_op("Asinh")
def asinh(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``sign(x) * log(|x| + sqrt(x^2 + 1))``; near 0 the logarithm's argument rounds, so a series takes over."""
    size = op.ABS(x)
    root = op.SQRT(op.ADD(op.SQUARE(size), op.scalar(1, x)))
    far = op.LOG(op.ADD(size, root))
    square = op.SQUARE(size)
    series = op.ADD(op.MUL(square, op.scalar(3 / 40, x)), op.scalar(-1 / 6, x))
    near = op.MUL(size, op.ADD(op.MUL(square, series), op.scalar(1, x)))
    return op.MUL(op.SIGN(x), op.SELECT_V2(op.LESS(size, op.scalar(0.05, x)), near, far))


@lite_op("Acosh")
def acosh(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``log(x + sqrt(x^2 - 1))``."""
    one = op.scalar(1, x)
    return op.LOG(op.ADD(x, op.SQRT(op.MUL(op.SUB(x, one), op.ADD(x, one)))))


@lite_op("Atanh")
def atanh(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``log((1 + x) / (1 - x)) / 2``; near 0 a series."""
    one, square = op.scalar(1, x), op.SQUARE(x)
    far = op.MUL(op.LOG(op.DIV(op.ADD(one, x), op.SUB(one, x))), op.scalar(0.5, x))
    series = op.ADD(op.MUL(square, op.scalar(1 / 5, x)), op.scalar(1 / 3, x))
    near = op.MUL(x, op.ADD(op.MUL(square, series), one))
    return op.SELECT_V2(op.LESS(op.ABS(x), op.scalar(0.05, x)), near, far)


@lite_op("Erf")
def erf(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """By GELU, ``y / 2`` times one more than this of ``y / sqrt 2``; near 0, where that loses digits, by a series."""
    scaled = op.MUL(x, op.scalar(np.sqrt(2.0), x))
    near = op.LESS(op.ABS(x), op.scalar(0.1, x))
    safe = op.SELECT_V2(near, op.scalar(1, x), scaled)
    far = op.SUB(op.DIV(op.MUL(op.GELU(safe, approximate=0), op.scalar(2, x)), safe), op.scalar(1, x))
    square = op.SQUARE(x)
    series = op.ADD(op.MUL(square, op.scalar(-1 / 42, x)), op.scalar(1 / 10, x))
    series = op.ADD(op.MUL(square, series), op.scalar(-1 / 3, x))
    series = op.ADD(op.MUL(square, series), op.scalar(1, x))
    return op.SELECT_V2(near, op.MUL(op.MUL(x, series), op.scalar(2 / np.sqrt(np.pi), x)), far)
