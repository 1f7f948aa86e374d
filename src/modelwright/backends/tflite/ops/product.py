"""Matrix products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.backends.tflite.stored import keep_order
from modelwright.formats import Dim
from modelwright.hub.dtypes import FLOATS
from modelwright.rewrites.tensors import derived, sizes_of, transposed


def dense(op: LiteBuilder, x: ir.Value, weights: ir.Value, bias: ir.Value | None, *, turned: bool = False) -> ir.Value:
    """``x @ weights + bias`` with a constant matrix (``turned``: its transpose), over the last dimension of ``x``."""
    if weights.const_value is not None and not turned:
        made = op.initializer(transposed(weights.const_value, (1, 0)), name=weights.name or "weights")
        weights = keep_order(made, weights, (1, 0))
    elif not turned:
        weights = op.moved(weights, (1, 0))
    return op.FULLY_CONNECTED(x, weights, bias, keep_num_dims=int(op.need_rank(x) > 2))


@lite_op("MatMul")
def matmul(op: LiteBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """A product of matrices, or of stacks of them; vectors are rows on the left and columns on the right."""
    if op.dtype(a) not in FLOATS:
        raise op.fail("TFLite multiplies no matrices of integers", hint="cast to float32 in the model")
    left, right = op.need_rank(a), op.need_rank(b)
    if right == 2 and left >= 2 and b.const_value is not None and not b.is_graph_input():
        return dense(op, a, b, None)
    row = op.EXPAND_DIMS(a, op.i32_scalar(0)) if left == 1 else a
    column = op.EXPAND_DIMS(b, op.i32_scalar(1)) if right == 1 else b
    result = batch_matmul(op, row, column)
    gone = ([-2] if left == 1 else []) + ([-1] if right == 1 else [])
    if not gone:
        return result
    rank = op.need_rank(result)
    return op.SQUEEZE(result, squeeze_dims=[axis % rank for axis in gone], shape=op.result_shape())


def batch_matmul(op: LiteBuilder, a: ir.Value, b: ir.Value, **options: int) -> ir.Value:
    """BATCH_MATMUL, which takes up to 5 dimensions; stacks of the same shape are flattened beyond."""
    left, right = op.shape(a) or (), op.shape(b) or ()
    if max(len(left), len(right)) <= 5:
        return op.BATCH_MATMUL(a, b, **options)
    outer = left[:-2]
    if outer != right[:-2] or not all(isinstance(dim, int) for dim in outer):
        raise op.fail("TFLite multiplies stacks of matrices of up to 5 dimensions")
    result = op.BATCH_MATMUL(op.to_shape(a, (-1, *left[-2:])), op.to_shape(b, (-1, *right[-2:])), **options)
    return op.to_shape(result, (*outer, *(op.shape(result) or ())[-2:]))


@lite_op("Gemm")
def gemm(
    op: LiteBuilder,
    a: ir.Value,
    b: ir.Value,
    c: ir.Value | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,  # noqa: N803  ONNX's name
    transB: int = 0,  # noqa: N803  ONNX's name
) -> ir.Value:
    """``alpha * a @ b + beta * c``, either matrix transposed first."""
    if op.dtype(a) not in FLOATS:
        raise op.fail("TFLite multiplies no matrices of integers", hint="cast to float32 in the model")
    a = op.moved(a, (1, 0)) if transA else a
    if c is not None and beta != 1:
        c = _scaled(op, c, beta)
    width = (op.shape(b) or (None, None))[0 if transB else 1]
    is_bias = c is not None and op.shape(c) == (width,) and isinstance(width, int)
    constant = b.const_value is not None and not b.is_graph_input()
    if constant:
        b = _scaled(op, b, alpha)
    elif alpha != 1:
        a = op.MUL(a, op.scalar(alpha, a))
    result = dense(op, a, b, c if is_bias else None, turned=bool(transB))
    return result if c is None or is_bias else op.ADD(result, c)


def _scaled(op: LiteBuilder, x: ir.Value, factor: float) -> ir.Value:
    if factor == 1:
        return x
    if x.const_value is None or x.is_graph_input():
        return op.MUL(x, op.scalar(factor, x))
    tensor = x.const_value

    def compute(array: np.ndarray) -> np.ndarray:
        return array * np.asarray(factor, array.dtype)

    scaled = derived([tensor], sizes_of(tensor), compute)
    return op.initializer(scaled, name=x.name or "const")


@lite_op("Einsum")
def einsum(op: LiteBuilder, *values: ir.Value, equation: str) -> ir.Value:
    """Products of tensors summed over named axes, two at a time."""
    terms, result = _labels(op, values, equation)
    if len(values) == 1:
        return _summed(op, values[0], terms[0], result)
    value, term = values[0], terms[0]
    for number in range(1, len(values)):
        later = result + "".join(terms[number + 1 :])
        kept = [label for label in dict.fromkeys(term + terms[number]) if label in later]
        value, term = _pair(op, value, term, values[number], terms[number], "".join(kept))
    return _summed(op, value, term, result)


def _labels(op: LiteBuilder, values: Sequence[ir.Value], equation: str) -> tuple[list[str], str]:
    """One letter for each axis of the operands and of the result; those of ``...`` are made up."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    spare = [chr(code) for code in range(ord("À"), ord("À") + 16)]
    rests = [op.need_rank(value) - len(term.replace("...", "")) for value, term in zip(values, terms, strict=True)]
    widest = max((rest for rest, term in zip(rests, terms, strict=True) if "..." in term), default=0)
    full = [
        term.replace("...", "".join(spare[widest - rest : widest])) for term, rest in zip(terms, rests, strict=True)
    ]
    dots = "".join(spare[:widest])
    if arrow:
        return full, right.replace("...", dots)
    letters = sorted({label for term in full for label in term} - set(dots))
    single = [label for label in letters if sum(term.count(label) for term in full) == 1]
    return full, dots + "".join(single)


def _summed(op: LiteBuilder, x: ir.Value, term: str, result: str) -> ir.Value:
    """One operand: sums over what the result lacks, then its order."""
    if len(set(term)) != len(term):
        x, term = _diagonal(op, x, term)
    gone = [place for place, label in enumerate(term) if label not in result]
    if gone:
        x = op.SUM(x, op.i32(gone), keep_dims=0)
        term = "".join(label for label in term if label in result)
    return op.moved(x, [term.index(label) for label in result])


def _diagonal(op: LiteBuilder, x: ir.Value, term: str) -> tuple[ir.Value, str]:
    """An operand with a label twice: of its elements those where the two axes agree."""
    label = next(letter for letter in term if term.count(letter) > 1)
    first, second = term.index(label), term.index(label, term.index(label) + 1)
    shape = op.need_shape(x, [first, second])
    mask = np.eye(shape[first], dtype=op.dtype(x).numpy())
    mask = mask.reshape([shape[axis] if axis in (first, second) else 1 for axis in range(len(term))])
    kept = op.SUM(op.MUL(x, op.constant(mask)), op.i32(second), keep_dims=0)
    rest = term[:second] + term[second + 1 :]
    return (kept, rest) if len(set(rest)) == len(rest) else _diagonal(op, kept, rest)


def _pair(op: LiteBuilder, a: ir.Value, left: str, b: ir.Value, right: str, kept: str) -> tuple[ir.Value, str]:
    """Two operands as a product of stacks of matrices."""
    a, left = _own_sums(op, a, left, right + kept)
    b, right = _own_sums(op, b, right, left + kept)
    batch = [label for label in left if label in right and label in kept]
    inner = [label for label in left if label in right and label not in kept]
    rows, columns = ([label for label in term if label not in other] for term, other in ((left, right), (right, left)))
    sizes: dict[str, Dim] = dict(zip(left, op.shape(a) or (), strict=True)) | dict(
        zip(right, op.shape(b) or (), strict=True)
    )
    _refuse_spreading(op, a, left, b, right)
    first = op.moved(a, [left.index(label) for label in (*batch, *rows, *inner)])
    second = op.moved(b, [right.index(label) for label in (*batch, *inner, *columns)])
    stack = [sizes[label] for label in batch]
    m, k, n = (_product([sizes[label] for label in group]) for group in (rows, inner, columns))
    product = op.BATCH_MATMUL(op.to_shape(first, (_product(stack), m, k)), op.to_shape(second, (_product(stack), k, n)))
    term = "".join((*batch, *rows, *columns))
    return op.to_shape(product, tuple(sizes[label] for label in term)), term


def _own_sums(op: LiteBuilder, x: ir.Value, term: str, needed: str) -> tuple[ir.Value, str]:
    kept = "".join(dict.fromkeys(label for label in term if label in needed))
    return _summed(op, x, term, kept), kept


def _refuse_spreading(op: LiteBuilder, a: ir.Value, left: str, b: ir.Value, right: str) -> None:
    for label in left:
        if label in right and (op.shape(a) or ())[left.index(label)] != (op.shape(b) or ())[right.index(label)]:
            raise op.fail("an Einsum that spreads dimensions of size 1, or whose sizes are not known")


def _product(dims: Sequence[Dim]) -> Dim:
    known = [dim for dim in dims if isinstance(dim, int)]
    return int(np.prod(known, dtype=np.int64)) if len(known) == len(dims) else None
