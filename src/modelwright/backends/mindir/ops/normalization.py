"""Products of matrices and normalization."""

from __future__ import annotations

from math import prod

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import reshape, scalar, static
from modelwright.errors import ConversionError


@mind_op("MatMul")
def mat_mul(e: Emitter, a: ir.Value, b: ir.Value) -> Term:
    """Products of matrices."""
    ranks = len(e.kind(a).shape), len(e.kind(b).shape)
    if ranks == (2, 2):
        return e.op("MatMul", e.term(a), e.term(b), False, False)
    if ranks[0] == ranks[1] and ranks[0] > 2 and e.kind(a).shape[:-2] == e.kind(b).shape[:-2]:
        return e.op("BatchMatMul", e.term(a), e.term(b), False, False)
    return e.op("MatMulExt", e.term(a), e.term(b))


@mind_op("Gemm")
def gemm(
    e: Emitter,
    a: ir.Value,
    b: ir.Value,
    c: ir.Value | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,  # noqa: N803  ONNX's name
    transB: int = 0,  # noqa: N803
) -> Term:
    """A product of two matrices and a sum."""
    dtype = e.kind(a).dtype
    result = e.op("MatMul", e.term(a), e.term(b), bool(transA), bool(transB))
    if alpha != 1.0:
        result = e.op("Mul", result, scalar(e, alpha, dtype))
    if c is None:
        return result
    added = e.term(c) if beta == 1.0 else e.op("Mul", e.term(c), scalar(e, beta, dtype))
    return e.op("Add", result, added)


@mind_op("BatchNormalization", ignores=("momentum",))
def batch_normalization(
    e: Emitter,
    x: ir.Value,
    scale: ir.Value,
    bias: ir.Value,
    mean: ir.Value,
    variance: ir.Value,
    *,
    epsilon: float = 1e-5,
    training_mode: int = 0,
) -> Term:
    """Scale and shift by channel."""
    if training_mode:
        raise ConversionError("it trains")
    rank = len(e.kind(x).shape)
    dtype = e.kind(x).dtype
    shape = [1, -1] + [1] * (rank - 2)
    parts = [reshape(e, e.term(value), shape) for value in (scale, bias, mean, variance)]
    factor = e.op("Div", parts[0], e.op("Sqrt", e.op("Add", parts[3], scalar(e, epsilon, dtype))))
    return e.op("Add", e.op("Mul", e.op("Sub", e.term(x), parts[2]), factor), parts[1])


@mind_op("InstanceNormalization")
def instance_normalization(e: Emitter, x: ir.Value, scale: ir.Value, bias: ir.Value, *, epsilon: float = 1e-5) -> Term:
    """Mean 0 and variance 1 in every channel of every sample."""
    rank = len(e.kind(x).shape)
    dtype = e.kind(x).dtype
    axes, shape = tuple(range(2, rank)), [1, -1] + [1] * (rank - 2)
    centred = e.op("Sub", e.term(x), e.op("ReduceMean", e.term(x), axes, True))
    variance = e.op("ReduceMean", e.op("Square", centred), axes, True)
    normal = e.op("Div", centred, e.op("Sqrt", e.op("Add", variance, scalar(e, epsilon, dtype))))
    return e.op("Add", e.op("Mul", normal, reshape(e, e.term(scale), shape)), reshape(e, e.term(bias), shape))


@mind_op("LpNormalization")
def lp_normalization(e: Emitter, x: ir.Value, *, axis: int = -1, p: int = 2) -> Term:
    """Divided by the norm; where that is 0, 0."""
    at = axis % len(e.kind(x).shape)
    if p == 1:
        norm = e.op("ReduceSum", e.op("Abs", e.term(x)), (at,), True, False)
    else:
        norm = e.op("Sqrt", e.op("ReduceSum", e.op("Square", e.term(x)), (at,), True, False))
    dtype = e.kind(x).dtype
    zero = e.op("Equal", norm, scalar(e, 0, dtype))
    return e.op("Div", e.term(x), e.op("Select", zero, scalar(e, 1, dtype), norm))


@mind_op("LRN")
def lrn(e: Emitter, x: ir.Value, *, alpha: float = 0.0001, beta: float = 0.75, bias: float = 1.0, size: int) -> Term:
    """Divided by a power of the sum of squares over channels, which an average over channels gives."""
    n, c, *rest = static(e, x)
    dtype = e.kind(x).dtype
    squares = reshape(e, e.op("Square", e.term(x)), [n, 1, c, prod(rest)])
    before, after = (size - 1) // 2, size // 2
    around = e.op(
        "PadV3",
        squares,
        (0, 0, before, after, 0, 0, 0, 0),
        scalar(e, 0, dtype),
        mode="constant",
        paddings_contiguous=True,
    )
    mean = reshape(e, e.op("AvgPool", around, (size, 1), (1, 1), 2, 0), [n, c, *rest])
    base = e.op("Add", e.op("Mul", mean, scalar(e, alpha, dtype)), scalar(e, bias, dtype))
    return e.op("Div", e.term(x), e.op("Pow", base, scalar(e, beta, dtype)))
