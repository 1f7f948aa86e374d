"""Functions of single elements."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import BOOL, INT64, LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.hub.dtypes import FLOATS, INTEGERS

UINT64 = ir.DataType.UINT64

_PLAIN = {
    "Exp": "EXP",
    "Log": "LOG",
    "Sqrt": "SQRT",
    "Sin": "SIN",
    "Cos": "COS",
    "Tanh": "TANH",
    "Sigmoid": "LOGISTIC",
    "HardSwish": "HARD_SWISH",
}


@lite_op(*_PLAIN)
def plain(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """An operator that TFLite has too."""
    return op.first(op.emit(_PLAIN[op.node.op_type], [x]))


_ROUNDING = {"Floor": "FLOOR", "Ceil": "CEIL", "Round": "ROUND"}


@lite_op(*_ROUNDING)
def rounding(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """Rounding; integers stay."""
    return op.first(op.emit(_ROUNDING[op.node.op_type], [x]))


@lite_op("Abs")
def abs_(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The magnitude."""
    dtype = op.dtype(x)
    if dtype.name.startswith("U"):
        return x
    return op.MAXIMUM(x, op.NEG(x)) if dtype is INT64 else op.ABS(x)


@lite_op("Neg")
def neg(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``-x``."""
    return op.NEG(x)


@lite_op("Sign")
def sign(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """-1, 0 or 1."""
    dtype = op.dtype(x)
    if dtype is UINT64:
        return op.SELECT_V2(
            op.EQUAL(op.bitcast(x, INT64), op.constant(np.asarray(0, np.int64))), op.scalar(0, x), op.scalar(1, x)
        )
    if dtype in (INT64, ir.DataType.UINT32):
        return op.MINIMUM(op.MAXIMUM(x, op.scalar(-1 if dtype is INT64 else 0, x)), op.scalar(1, x))
    return op.SIGN(x)


@lite_op("Reciprocal")
def reciprocal(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``1 / x``."""
    return op.DIV(op.scalar(1, x), x)


@lite_op("Relu")
def relu(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``max(x, 0)``."""
    return op.RELU(x) if op.dtype(x) in FLOATS else op.MAXIMUM(x, op.scalar(0, x))


@lite_op("Clip")
def clip(op: LiteBuilder, x: ir.Value, low: ir.Value | None = None, high: ir.Value | None = None) -> ir.Value:
    """``min(max(x, low), high)``."""
    bounds = [op.constant_value(bound) for bound in (low, high)]
    if op.dtype(x) in FLOATS and all(b is not None and b.size == 1 for b in bounds):
        known = tuple(float(b.reshape(-1)[0]) for b in bounds if b is not None)
        if known == (0.0, 6.0):
            return op.RELU6(x)
    if op.dtype(x) is UINT64:
        raise op.fail("TFLite has no bounds of uint64", hint="use int64 in the model")
    result = x if low is None else op.MAXIMUM(x, low)
    result = result if high is None else op.MINIMUM(result, high)
    return x if result is x else result


@lite_op("LeakyRelu")
def leaky_relu(op: LiteBuilder, x: ir.Value, *, alpha: float = 0.01) -> ir.Value:
    """``x`` where positive, ``alpha * x`` elsewhere."""
    return op.LEAKY_RELU(x, alpha=alpha)


@lite_op("PRelu")
def prelu(op: LiteBuilder, x: ir.Value, slope: ir.Value) -> ir.Value:
    """``x`` where positive, ``slope * x`` elsewhere."""
    if op.dtype(x) in INTEGERS:
        return op.SELECT_V2(op.LESS(x, op.scalar(0, x)), op.MUL(x, slope), x)
    return op.ADD(op.RELU(x), op.MUL(op.MINIMUM(x, op.scalar(0, x)), slope))


@lite_op("Elu")
def elu(op: LiteBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere."""
    if alpha == 1:
        return op.ELU(x)
    low = op.MUL(op.ELU(op.MINIMUM(x, op.scalar(0, x))), op.scalar(alpha, x))
    return op.ADD(op.RELU(x), low)


@lite_op("Selu")
def selu(
    op: LiteBuilder, x: ir.Value, *, alpha: float = 1.67326319217681884765625, gamma: float = 1.05070102214813232421875
) -> ir.Value:
    """``gamma`` times an Elu."""
    return op.MUL(elu(op, x, alpha=alpha), op.scalar(gamma, x))


@lite_op("Celu")
def celu(op: LiteBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))``."""
    low = op.ELU(op.MUL(op.MINIMUM(x, op.scalar(0, x)), op.scalar(1 / alpha, x)))
    return op.ADD(op.RELU(x), op.MUL(low, op.scalar(alpha, x)))


@lite_op("HardSigmoid")
def hard_sigmoid(op: LiteBuilder, x: ir.Value, *, alpha: float = 0.2, beta: float = 0.5) -> ir.Value:
    """``max(0, min(1, alpha * x + beta))``."""
    line = op.ADD(op.MUL(x, op.scalar(alpha, x)), op.scalar(beta, x))
    return op.MINIMUM(op.RELU(line), op.scalar(1, x))


@lite_op("Gelu")
def gelu(op: LiteBuilder, x: ir.Value, *, approximate: str = "none") -> ir.Value:
    """``x * P(X <= x)`` of a normal ``X``, exact or by tanh."""
    return op.GELU(x, approximate=int(approximate == "tanh"))


@lite_op("Swish")
def swish(op: LiteBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``x * sigmoid(alpha * x)``."""
    return op.MUL(x, op.LOGISTIC(x if alpha == 1 else op.MUL(x, op.scalar(alpha, x))))


@lite_op("Softplus")
def softplus(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``log(exp(x) + 1)``, as ``max(x, 0) + log(1 + exp(-|x|))`` so that nothing overflows."""
    tail = op.LOG(op.ADD(op.EXP(op.NEG(op.ABS(x))), op.scalar(1, x)))
    return op.ADD(op.RELU(x), tail)


@lite_op("Softsign")
def softsign(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``x / (1 + |x|)``."""
    return op.DIV(x, op.ADD(op.ABS(x), op.scalar(1, x)))


@lite_op("Mish")
def mish(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """``x * tanh(softplus(x))``, as ``x * n / (n + 2)`` of ``n = exp(x) * (exp(x) + 2)``; beyond 20 it is ``x``."""
    grown = op.EXP(op.MINIMUM(x, op.scalar(20, x)))
    number = op.MUL(grown, op.ADD(grown, op.scalar(2, x)))
    return op.MUL(x, op.DIV(number, op.ADD(number, op.scalar(2, x))))


@lite_op("ThresholdedRelu")
def thresholded_relu(op: LiteBuilder, x: ir.Value, *, alpha: float = 1.0) -> ir.Value:
    """``x`` where above ``alpha``, else 0."""
    return op.SELECT_V2(op.GREATER(x, op.scalar(alpha, x)), x, op.scalar(0, x))


@lite_op("Shrink")
def shrink(op: LiteBuilder, x: ir.Value, *, lambd: float = 0.5, bias: float = 0.0) -> ir.Value:
    """``x + bias`` below ``-lambd``, ``x - bias`` above ``lambd``, else 0."""
    if op.dtype(x) in INTEGERS:
        raise op.fail("Shrink of integers compares them with fractions", hint="cast to float32 in the model")
    zero = op.scalar(0, x)
    high = op.SELECT_V2(op.GREATER(x, op.scalar(lambd, x)), op.SUB(x, op.scalar(bias, x)), zero)
    return op.SELECT_V2(op.LESS(x, op.scalar(-lambd, x)), op.ADD(x, op.scalar(bias, x)), high)


@lite_op("Identity")
def identity(_op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The same."""
    return x


@lite_op("Cast", ignores=("saturate", "round_mode"))
def cast(op: LiteBuilder, x: ir.Value, *, to: int) -> ir.Value:
    """Another type; numbers become true where they are not 0."""
    dtype, before = ir.DataType(to), op.dtype(x)
    if before is dtype:
        return x
    if before not in _CASTABLE or dtype not in _CASTABLE:
        raise op.fail(f"TFLite does not cast {before.name.lower()} to {dtype.name.lower()}")
    if dtype is BOOL:
        return op.NOT_EQUAL(x, op.scalar(0, x))
    return op.cast(x, dtype)


_CASTABLE = frozenset({*FLOATS, *INTEGERS, BOOL}) - {UINT64}


@lite_op("BitCast")
def bit_cast(op: LiteBuilder, x: ir.Value, *, to: int) -> ir.Value:
    """The same bits as another type."""
    dtype = ir.DataType(to)
    if dtype.bitwidth != op.dtype(x).bitwidth or dtype.bitwidth < 8:
        raise op.fail("bits are given another type of the same width of a byte and more only")
    return op.bitcast(x, dtype)


@lite_op("CastLike", ignores=("saturate", "round_mode"))
def cast_like(op: LiteBuilder, x: ir.Value, like: ir.Value) -> ir.Value:
    """The type of another tensor."""
    return cast(op, x, to=int(op.dtype(like)))


@lite_op("Dropout", ignores=("seed",))
def dropout(
    op: LiteBuilder, x: ir.Value, ratio: ir.Value | None = None, training: ir.Value | None = None
) -> tuple[ir.Value, ...]:
    """Nothing, when it is not training; the mask then is all true."""
    mode = None if training is None else op.constant_value(training)
    rate = None if ratio is None else op.constant_value(ratio)
    if training is not None and (mode is None or mode.any()) and (rate is None or rate.any()):
        raise op.fail("Dropout in training mode is random", hint="export the model for inference")
    if not op.wants(1):
        return (x,)
    same = op.EQUAL(x, x)
    return x, op.LOGICAL_OR(same, op.LOGICAL_NOT(same))
