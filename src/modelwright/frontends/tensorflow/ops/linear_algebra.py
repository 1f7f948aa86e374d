"""Products of matrices, and diagonals and bands of them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import int64
from modelwright.hub.kernels import compute, kernel_dtype, where


@tf_op("MatMul", ignores=("grad_a", "grad_b"))
def matmul(
    op: TensorFlowBuilder, a: ir.Value, b: ir.Value, *, transpose_a: bool = False, transpose_b: bool = False
) -> ir.Value:
    """``a @ b`` of matrices, either transposed first."""
    left = op.transpose(a, [1, 0]) if transpose_a else a
    return compute(op, "MatMul", left, _transposed_weights(op, b) if transpose_b else b)


def _transposed_weights(op: TensorFlowBuilder, b: ir.Value) -> ir.Value:
    return op.transpose(b, [1, 0])


@tf_op("BatchMatMul", "BatchMatMulV2", ignores=("grad_x", "grad_y"))
def batch_matmul(
    op: TensorFlowBuilder, a: ir.Value, b: ir.Value, *, adj_x: bool = False, adj_y: bool = False
) -> ir.Value:
    """``a @ b`` of the last two axes, either adjoint (transposed, as numbers are real) first."""
    return compute(op, "MatMul", _adjoint(op, a) if adj_x else a, _adjoint(op, b) if adj_y else b)


@tf_op("BatchMatMulV3", ignores=("grad_x", "grad_y"))
def batch_matmul_v3(
    op: TensorFlowBuilder,
    a: ir.Value,
    b: ir.Value,
    *,
    Tout: ir.DataType,  # noqa: N803  the attribute's name
    adj_x: bool = False,
    adj_y: bool = False,
) -> ir.Value:
    """Like ``BatchMatMulV2`` with a result of a wider type."""
    return batch_matmul(op, op.cast(a, Tout), op.cast(b, Tout), adj_x=adj_x, adj_y=adj_y)


def _adjoint(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """The last two axes swapped; for an unknown rank, all leading axes are joined into one and split again."""
    rank = op.rank(x)
    if rank is not None:
        return op.transpose(x, [*range(rank - 2), rank - 1, rank - 2])
    shape = op.Shape(x)
    tail = op.slice(shape, [-2], [None])
    flat = op.reshape(x, op.concat([op.ints(-1), tail], 0))
    swapped = op.concat([op.slice(shape, [0], [-2]), op.gather(tail, [1, 0])], 0)
    return op.reshape(op.transpose(flat, [0, 2, 1]), swapped)


@tf_op("Einsum", ignores=("N",))
def einsum(op: TensorFlowBuilder, *values: ir.Value, equation: str) -> ir.Value:
    """Einstein's summation; ONNX Runtime knows lower-case letters only, so others are renamed."""
    dtype = op.dtype(values[0])
    kernel = kernel_dtype(op, "Einsum", dtype)
    result: ir.Value = op.emit(  # pyright: ignore[reportAssignmentType]
        "Einsum", [op.cast(value, kernel) for value in values], {"equation": _lower_case(op, equation)}
    )
    return op.cast(result, dtype)


def _lower_case(op: TensorFlowBuilder, equation: str) -> str:
    letters = list(dict.fromkeys(letter for letter in equation if letter.isalpha()))
    spare = [letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in letters]
    if len(letters) > 26:
        raise op.fail(f"the equation {equation!r} has more than 26 letters")
    names = {letter: letter if letter.islower() else spare.pop(0) for letter in letters}
    return "".join(names.get(character, character) for character in equation if not character.isspace())


@tf_op("MatrixBandPart")
def matrix_band_part(op: TensorFlowBuilder, x: ir.Value, lower: ir.Value, upper: ir.Value) -> ir.Value:
    """Keeps entries with ``row - column <= lower`` and ``column - row <= upper``; a negative number keeps all."""
    distances = _row_minus_column(op, x)
    kept: ir.Value | None = None
    for limit, signed in ((lower, distances), (upper, op.Neg(distances))):
        number = op.constant_value(limit)
        if number is not None and int(number) < 0:
            continue
        bound = int64(op, limit)
        inside = op.LessOrEqual(signed, bound)
        if number is None:
            inside = op.Or(inside, op.Less(bound, op.constant(np.int64(0))))
        kept = inside if kept is None else op.And(kept, inside)
    return op.Identity(x) if kept is None else where(op, kept, x, op.scalar(0, x))


def _row_minus_column(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """[rows, columns] int64: how far each place of a matrix is below its diagonal."""
    zero, one = op.constant(np.int64(0)), op.constant(np.int64(1))
    rows, columns = (op.Range(zero, op.squeeze(op.dim_of(x, axis), [0]), one) for axis in (-2, -1))
    return op.Sub(op.unsqueeze(rows, [1]), op.unsqueeze(columns, [0]))


@tf_op("MatrixDiag", "Diag")
def matrix_diag(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Matrices with the last axis of ``x`` on the diagonal and zeros elsewhere."""
    if op.node.op_type == "Diag" and op.need_rank(x) != 1:
        raise op.fail("makes a diagonal of more than one axis", hint="cut the graph before this node")
    column = op.unsqueeze(x, [op.need_rank(x)])
    length = op.dim_of(x, -1)
    square = op.Expand(column, op.concat([op.shape_of(x), length], 0))
    on_diagonal = op.Equal(_row_minus_column(op, square), op.constant(np.int64(0)))
    return where(op, on_diagonal, square, op.scalar(0, x))


@tf_op("MatrixDiagV2", "MatrixDiagV3", ignores=("align",))
def matrix_diag_v3(
    op: TensorFlowBuilder,
    x: ir.Value,
    k: ir.Value,
    rows: ir.Value,
    columns: ir.Value,
    padding: ir.Value,
) -> ir.Value:
    """The main diagonal of square matrices; other diagonals and sizes are not converted."""
    given = [op.need_constant(item, "the diagonal").reshape(-1) for item in (k, rows, columns)]
    if np.any(given[0] != 0) or int(given[1][0]) != -1 or int(given[2][0]) != -1:
        raise op.fail("fills another than the main diagonal of a square matrix", hint="cut the graph before this node")
    fill = op.constant_value(padding)
    if fill is None or fill.reshape(-1)[0] != 0:
        raise op.fail("fills the rest with something else than 0", hint="cut the graph before this node")
    return matrix_diag(op, x)


@tf_op("MatrixDiagPart", "DiagPart")
def matrix_diag_part(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """The main diagonals: the elements of a row-flattened matrix ``columns + 1`` apart."""
    rank = op.need_rank(x)
    if op.node.op_type == "DiagPart" and rank != 2:
        raise op.fail("takes a diagonal of more than two axes", hint="cut the graph before this node")
    rows, columns = op.dim_of(x, -2), op.dim_of(x, -1)
    length = op.Min(rows, columns)
    square = op.Slice(x, op.ints(0), length, op.ints(rank - 2))
    lead = op.slice(op.shape_of(x), [0], [-2])
    flat = op.reshape(square, op.concat([lead, op.ints(-1)], 0)) if rank > 2 else op.reshape(square, [-1])
    zero, one = op.constant(np.int64(0)), op.constant(np.int64(1))
    steps = op.Mul(op.Range(zero, op.squeeze(length, [0]), one), op.Add(columns, op.ints(1)))
    return op.gather(flat, steps, rank - 2)


@tf_op("MatrixDiagPartV2", "MatrixDiagPartV3", ignores=("align",))
def matrix_diag_part_v3(op: TensorFlowBuilder, x: ir.Value, k: ir.Value, padding: ir.Value) -> ir.Value:
    """The main diagonals; other diagonals are not converted."""
    if np.any(op.need_constant(k, "the diagonal") != 0):
        raise op.fail("takes another than the main diagonal", hint="cut the graph before this node")
    del padding
    return matrix_diag_part(op, x)


@tf_op("MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3", ignores=("align",))
def matrix_set_diag(op: TensorFlowBuilder, x: ir.Value, diagonal: ir.Value, k: ir.Value | None = None) -> ir.Value:
    """``x`` with its main diagonals replaced; square matrices only, as the diagonal is spread over rows."""
    if k is not None and np.any(op.need_constant(k, "the diagonal") != 0):
        raise op.fail("sets another than the main diagonal", hint="cut the graph before this node")
    shape = op.shape(x)
    if shape is None or not isinstance(shape[-1], int) or shape[-1] != shape[-2]:
        raise op.fail("sets the diagonal of matrices not known to be square", hint="fix the shapes with --inputs")
    on_diagonal = op.Equal(_row_minus_column(op, x), op.constant(np.int64(0)))
    return where(op, on_diagonal, op.unsqueeze(diagonal, [op.need_rank(diagonal)]), x)


@tf_op("Cross")
def cross(op: TensorFlowBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """The vector product of the last axes, of size 3: ``a1 b2 - a2 b1`` and so on round."""
    after, before = [1, 2, 0], [2, 0, 1]
    left = compute(op, "Mul", op.gather(a, after, -1), op.gather(b, before, -1))
    return compute(op, "Sub", left, compute(op, "Mul", op.gather(a, before, -1), op.gather(b, after, -1)))


@tf_op("MatrixDeterminant", "BatchMatrixDeterminant")
def determinant(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """The determinant of each matrix of the last two axes."""
    return op.cast(op.Det(op.cast(x, ir.DataType.FLOAT)), op.dtype(x))


@tf_op("L2Loss")
def l2_loss(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Half the sum of squares."""
    return op.Mul(op.reduce("ReduceSumSquare", x, None, keepdims=False), op.scalar(0.5, x))
