"""Matrix products."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.hub.kernels import compute


def _turned(op: PaddleBuilder, x: ir.Value, *, turn: bool) -> ir.Value:
    rank = op.need_rank(x) if turn else 0
    return op.transpose(x, [*range(rank - 2), rank - 1, rank - 2]) if turn and rank > 1 else x


@paddle_op("matmul")
def matmul(
    op: PaddleBuilder, x: ir.Value, y: ir.Value, *, transpose_x: bool = False, transpose_y: bool = False
) -> ir.Value:
    """The product of matrices in the last two dimensions; vectors as numpy has it."""
    x, y = op.aligned(x, y)
    return compute(op, "MatMul", _turned(op, x, turn=transpose_x), _turned(op, y, turn=transpose_y))


@paddle_op("legacy_matmul")
def legacy_matmul(
    op: PaddleBuilder,
    x: ir.Value,
    y: ir.Value,
    *,
    transpose_x: bool = False,
    transpose_y: bool = False,
    alpha: float = 1.0,
) -> ir.Value:
    """The product times a number."""
    made = matmul(op, x, y, transpose_x=transpose_x, transpose_y=transpose_y)
    return made if alpha == 1.0 else op.Mul(made, op.scalar(alpha, made))


@paddle_op("matmul_with_flatten")
def matmul_with_flatten(
    op: PaddleBuilder, x: ir.Value, y: ir.Value, *, x_num_col_dims: int = 1, y_num_col_dims: int = 1
) -> ir.Value:
    """The product of two tensors flattened to matrices, in the leading dimensions of one and the last of the other."""
    if x_num_col_dims == op.need_rank(x) - 1 and op.need_rank(y) == 2 and y_num_col_dims == 1:
        return op.MatMul(x, y)
    made = op.MatMul(op.Flatten(x, axis=x_num_col_dims), op.Flatten(y, axis=y_num_col_dims))
    head = op.slice(op.shape_of(x), [0], [x_num_col_dims])
    return op.reshape(made, op.concat([head, op.slice(op.shape_of(y), [y_num_col_dims], [None])], 0))


@paddle_op("fc")
def fc(
    op: PaddleBuilder,
    x: ir.Value,
    weight: ir.Value,
    bias: ir.Value | None = None,
    *,
    in_num_col_dims: int = 1,
    activation_type: str = "",
    padding_weights: bool = False,
) -> ir.Value:
    """A dense layer, as Paddle's own fusion writes it."""
    if padding_weights or activation_type not in ("", "relu"):
        raise op.fail("padded weights and fused activations other than relu are not supported")
    y = matmul_with_flatten(op, x, weight, x_num_col_dims=in_num_col_dims)
    y = y if bias is None else op.Add(y, bias)
    return op.Relu(y) if activation_type else y


@paddle_op("linear_v2")
def linear(
    op: PaddleBuilder, x: ir.Value, weight: ir.Value, bias: ir.Value | None = None, *, transpose_weight: bool = False
) -> ir.Value:
    """A dense layer."""
    y = matmul(op, x, weight, transpose_y=transpose_weight)
    return y if bias is None else op.Add(y, bias)


@paddle_op("bmm")
def bmm(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Products of matrices, one a batch."""
    return compute(op, "MatMul", x, y)


@paddle_op("mv")
def mv(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """A matrix times a vector."""
    return compute(op, "MatMul", x, y)


@paddle_op("dot")
def dot(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Sums of products along the last dimension."""
    return op.reduce("ReduceSum", compute(op, "Mul", x, y), [op.need_rank(x) - 1], keepdims=False)


@paddle_op("addmm")
def addmm(
    op: PaddleBuilder,
    base: ir.Value,
    x: ir.Value,
    y: ir.Value,
    *,
    beta: float = 1.0,
    alpha: float = 1.0,
) -> ir.Value:
    """``alpha x y + beta base``."""
    product = compute(op, "MatMul", x, y)
    product = product if alpha == 1.0 else op.Mul(product, op.scalar(alpha, product))
    return op.Add(product, base if beta == 1.0 else op.Mul(base, op.scalar(beta, base)))


@paddle_op("baddbmm")
def baddbmm(
    op: PaddleBuilder, base: ir.Value, x: ir.Value, y: ir.Value, *, beta: float = 1.0, alpha: float = 1.0
) -> ir.Value:
    """The same a batch."""
    return addmm(op, base, x, y, beta=beta, alpha=alpha)


@paddle_op("einsum")
def einsum(op: PaddleBuilder, values: list[ir.Value], *, equation: str) -> ir.Value:
    """Sums of products by Einstein's notation."""
    return op.Einsum(*values, equation=equation.replace(" ", ""))


@paddle_op("kron")
def kron(op: PaddleBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Kronecker's product; the smaller rank is filled up with ones in front."""
    rank = max(op.need_rank(x), op.need_rank(y))
    x, y = (op.unsqueeze(item, list(range(rank - op.need_rank(item)))) for item in (x, y))
    wide = op.unsqueeze(x, [2 * index + 1 for index in range(rank)])
    narrow = op.unsqueeze(y, [2 * index for index in range(rank)])
    return op.reshape(compute(op, "Mul", wide, narrow), op.Mul(op.shape_of(x), op.shape_of(y)))


@paddle_op("multi_dot")
def multi_dot(op: PaddleBuilder, values: list[ir.Value]) -> ir.Value:
    """The product of several matrices."""
    total = values[0]
    for item in values[1:]:
        total = compute(op, "MatMul", total, item)
    return total
