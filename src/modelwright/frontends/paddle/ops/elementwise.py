"""Elementwise operators of one and of two tensors."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.kernels import compute, where

_FLOAT_UNARY = {
    "acos": "Acos",
    "acosh": "Acosh",
    "asin": "Asin",
    "asinh": "Asinh",
    "atan": "Atan",
    "atanh": "Atanh",
    "cos": "Cos",
    "cosh": "Cosh",
    "erf": "Erf",
    "exp": "Exp",
    "log": "Log",
    "reciprocal": "Reciprocal",
    "sin": "Sin",
    "sinh": "Sinh",
    "softsign": "Softsign",
    "sqrt": "Sqrt",
    "tan": "Tan",
    "tanh": "Tanh",
}
"""Operators that make floats of integers."""

_UNARY = {"abs": "Abs", "sign": "Sign"}
_ROUNDING = {"ceil": "Ceil", "floor": "Floor"}
_BINARY = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "maximum": "Max", "minimum": "Min"}


def broadcastable(op: PaddleBuilder, x: ir.Value, y: ir.Value, axis: int) -> tuple[ir.Value, ir.Value]:
    """Both in one dtype, and ``y`` with the dimensions that Paddle 1 and 2 line up from ``axis`` on.

    With ``axis`` -1 shapes are lined up at the end, as in ONNX; else the first dimension of ``y`` is that of ``x`` at
    ``axis``.
    """
    x, y = op.aligned(x, y)
    if axis == -1:
        return x, y
    missing = op.need_rank(x) - axis - op.need_rank(y)
    if missing <= 0:
        return x, y
    rank = op.need_rank(y)
    return x, op.unsqueeze(y, list(range(rank, rank + missing)))


def _register_unary(source: str, target: str, *, floats: bool) -> None:
    @paddle_op(source)
    def convert(op: PaddleBuilder, x: ir.Value) -> ir.Value:
        return compute(op, target, op.as_float(x) if floats else x)

    convert.__doc__ = f"ONNX {target}."


def _register_binary(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
        x, y = broadcastable(op, x, y, axis)
        if op.dtype(x) is ir.DataType.BOOL:
            return op.emit(_OF_BOOLEANS[target], [x, y])  # pyright: ignore[reportReturnType]
        return compute(op, target, x, y)

    convert.__doc__ = f"ONNX {target}; booleans are added as or and multiplied as and."


_OF_BOOLEANS = {"Add": "Or", "Sub": "Xor", "Mul": "And", "Max": "Or", "Min": "And"}

for _source, _target in _FLOAT_UNARY.items():
    _register_unary(_source, _target, floats=True)
for _source, _target in _UNARY.items():
    _register_unary(_source, _target, floats=False)
for _source, _target in _BINARY.items():
    _register_binary(_source, _target)


def _register_rounding(source: str, target: str) -> None:
    @paddle_op(source)
    def convert(op: PaddleBuilder, x: ir.Value) -> ir.Value:
        return compute(op, target, x) if op.dtype(x) in FLOATS else x

    convert.__doc__ = f"ONNX {target}; integers stay."


for _source, _target in _ROUNDING.items():
    _register_rounding(_source, _target)


@paddle_op("rsqrt")
def rsqrt(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """1 / sqrt(x)."""
    return op.Reciprocal(op.Sqrt(x))


@paddle_op("square")
def square(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """X * x."""
    return compute(op, "Mul", x, x)


@paddle_op("expm1")
def expm1(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """exp(x) - 1 as ``2 sinh(x/2) exp(x/2)``, which keeps small results precise."""
    x = op.as_float(x)
    half = op.Mul(x, op.scalar(0.5, x))
    return op.Mul(op.Mul(compute(op, "Sinh", half), op.scalar(2, x)), op.Exp(half))


@paddle_op("log1p")
def log1p(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """log(1 + x)."""
    x = op.as_float(x)
    return op.Log(op.Add(x, op.scalar(1, x)))


@paddle_op("log2")
def log2(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """log(x) / log(2)."""
    x = op.as_float(x)
    return op.Div(op.Log(x), op.scalar(0.6931471805599453, x))


@paddle_op("log10")
def log10(op: PaddleBuilder, x: ir.Value) -> ir.Value:
    """log(x) / log(10)."""
    x = op.as_float(x)
    return op.Div(op.Log(x), op.scalar(2.302585092994046, x))


@paddle_op("logit")
def logit(op: PaddleBuilder, x: ir.Value, *, eps: float = 1e-6) -> ir.Value:
    """log(x / (1 - x)) of ``x`` clipped to [eps, 1 - eps]; outside [0, 1] not a number where ``eps`` is 0."""
    x = op.clip(x, eps, 1.0 - eps) if eps else x
    return op.Log(op.Div(x, op.Sub(op.scalar(1, x), x)))


@paddle_op("divide")
def divide(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """X / y; integers are divided towards zero unless the program says that the result is a float."""
    x, y = broadcastable(op, x, y, axis)
    wanted = op.output_dtype()
    if wanted is not None and wanted in FLOATS and op.dtype(x) not in FLOATS:
        x, y = op.cast(x, wanted), op.cast(y, wanted)
    return compute(op, "Div", x, y)


@paddle_op("floor_divide")
def floor_divide(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """floor(x / y)."""
    x, y = broadcastable(op, x, y, axis)
    if op.dtype(x) in FLOATS:
        return op.Floor(op.Div(x, y))
    return compute(op, "Div", op.Sub(x, compute(op, "Mod", x, y)), y)


@paddle_op("remainder")
def remainder(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """The rest of ``floor_divide``, with the sign of ``y``."""
    x, y = broadcastable(op, x, y, axis)
    if op.dtype(x) in FLOATS:
        rest = op.Mod(x, y, fmod=1)
        wrong = op.And(op.Not(op.Equal(rest, op.scalar(0, x))), op.Less(op.Mul(rest, y), op.scalar(0, x)))
        return op.Where(wrong, op.Add(rest, y), rest)
    return compute(op, "Mod", x, y)


@paddle_op("fmax")
def fmax(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """The larger one; where one is not a number, the other."""
    return _ignoring_nan(op, "Max", *broadcastable(op, x, y, axis))


@paddle_op("fmin")
def fmin(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """The smaller one; where one is not a number, the other."""
    return _ignoring_nan(op, "Min", *broadcastable(op, x, y, axis))


def _ignoring_nan(op: PaddleBuilder, op_type: str, x: ir.Value, y: ir.Value) -> ir.Value:
    if op.dtype(x) not in FLOATS:
        return compute(op, op_type, x, y)
    return compute(op, op_type, op.Where(op.IsNaN(x), y, x), op.Where(op.IsNaN(y), x, y))


@paddle_op("elementwise_pow")
def elementwise_pow(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """X to the power of y."""
    return compute(op, "Pow", *broadcastable(op, x, y, axis))


@paddle_op("pow")
def power(op: PaddleBuilder, x: ir.Value, factor: ir.Value | None = None, *, y: float = 1.0) -> ir.Value:
    """X to the power of a number."""
    exponent = op.number(y if factor is None else factor, op.as_float(x))
    return op.cast(compute(op, "Pow", op.as_float(x), exponent), op.dtype(x))


@paddle_op("heaviside")
def heaviside(op: PaddleBuilder, x: ir.Value, y: ir.Value, *, axis: int = -1) -> ir.Value:
    """0 below zero, 1 above, ``y`` at zero."""
    x, y = broadcastable(op, x, y, axis)
    zero = op.scalar(0, x)
    step = op.cast(op.Greater(x, zero), op.dtype(x))
    return where(op, op.Equal(x, zero), op.Add(y, op.Mul(x, zero)), step)


@paddle_op("scale")
def scale(
    op: PaddleBuilder,
    x: ir.Value,
    factor: ir.Value | None = None,
    *,
    scale: float = 1.0,
    bias: float = 0.0,
    bias_after_scale: bool = True,
) -> ir.Value:
    """``x * scale + bias``, or ``(x + bias) * scale``; integers are scaled as integers."""
    known = None if factor is None else op.constant_value(factor)
    one = scale == 1.0 if factor is None else known is not None and known.size == 1 and known.reshape(-1)[0] == 1
    if not bias_after_scale:
        x = _shifted(op, x, bias)
    if not one:
        x = compute(op, "Mul", x, op.number(scale if factor is None else factor, x))
    return _shifted(op, x, bias) if bias_after_scale else x


def _shifted(op: PaddleBuilder, x: ir.Value, bias: float) -> ir.Value:
    return compute(op, "Add", x, op.scalar(bias, x)) if bias else x


@paddle_op("clip")
def clip(
    op: PaddleBuilder,
    x: ir.Value,
    low: ir.Value | None = None,
    high: ir.Value | None = None,
    *,
    min: float | None = None,  # noqa: A002  the attribute's name
    max: float | None = None,  # noqa: A002
) -> ir.Value:
    """Limits to a range."""
    stated = min if low is None else low, max if high is None else high
    bounds = [None if bound is None else op.number(bound, x) for bound in stated]
    known = [bound for bound in bounds if bound is not None]
    return compute(op, "Clip", x, *known) if len(known) == len(bounds) else op.Clip(x, *bounds)


@paddle_op("add_n")
def add_n(op: PaddleBuilder, values: list[ir.Value] | ir.Value) -> ir.Value:
    """The sum of several tensors."""
    items = values if isinstance(values, list) else [values]
    total = items[0]
    for item in items[1:]:
        total = compute(op, "Add", *op.aligned(total, item))
    return total


@paddle_op("lerp")
def lerp(op: PaddleBuilder, x: ir.Value, y: ir.Value, weight: ir.Value) -> ir.Value:
    """X + weight * (y - x)."""
    return op.Add(x, op.Mul(op.cast(weight, op.dtype(x)), op.Sub(y, x)))


@paddle_op("atan2")
def atan2(op: PaddleBuilder, y: ir.Value, x: ir.Value) -> ir.Value:
    """The angle of the point (x, y) in (-pi, pi]."""
    y, x = op.as_float(y), op.as_float(x)
    zero, pi = op.scalar(0, x), op.scalar(3.141592653589793, x)
    half = op.scalar(1.5707963267948966, x)
    angle = compute(op, "Atan", op.Div(y, op.Where(op.Equal(x, zero), op.scalar(1, x), x)))
    left = op.Where(op.Less(y, zero), op.Sub(angle, pi), op.Add(angle, pi))
    upright = op.Mul(op.Sign(y), half)
    return op.Where(op.Equal(x, zero), upright, op.Where(op.Less(x, zero), left, angle))


@paddle_op("increment")
def increment(op: PaddleBuilder, x: ir.Value, *, value: float = 1.0, step: float | None = None) -> ir.Value:
    """X plus a number."""
    return compute(op, "Add", x, op.scalar(value if step is None else step, x))
