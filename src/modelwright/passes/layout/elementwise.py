"""Elementwise operators in another order: constants are transposed, operands of lower rank get their axes spelt out."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.layout.movable import Movable, movable
from modelwright.passes.layout.permutations import Layout, elements, moves_only_ones, permuted
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.tensors import reshaped, sizes_of, transposed

_UNARY = """
Abs Acos Acosh Asin Asinh Atan Atanh Cast Ceil Celu Cos Cosh Dropout Elu Erf Exp Floor Gelu HardSigmoid HardSwish
Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus
Softsign Sqrt Swish Tan Tanh ThresholdedRelu BitwiseNot Clip
"""
_VARIADIC = """
Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod
Mul Or PRelu Pow Sub Sum Where Xor
"""


@movable(*_UNARY.split())
def unary(context: RewriteContext, node: ir.Node) -> Movable | None:
    """The first input decides; the others (bounds of Clip, ratio of Dropout) are scalars."""
    data = node.inputs[0]
    rank = context.rank(data) if data is not None else None
    if rank is None:
        return None
    return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=_nothing)


@movable("QuantizeLinear", "DequantizeLinear")
def quantized(context: RewriteContext, node: ir.Node) -> Movable | None:
    """With one scale for all elements these are elementwise; scales along an axis stay with it."""
    data, scale = node.inputs[0], node.inputs[1]
    rank = context.rank(data) if data is not None else None
    if rank is None or scale is None or context.tensor(data) is not None or context.shape(scale) not in ((), (1,)):
        return None
    return Movable(node=node, inputs=(0,), outputs=tuple(node.outputs), rank=rank, follow=_nothing)


def _nothing(_op: OpsetBuilder, _perm: Layout) -> None:
    """Nothing depends on the order."""


@movable(*_VARIADIC.split())
def variadic(context: RewriteContext, node: ir.Node) -> Movable | None:
    """Operands of full rank carry the order; constants and operands of lower rank follow it."""
    ranks = [context.rank(value) if value is not None else None for value in node.inputs]
    known = [rank for rank in ranks if rank is not None]
    if len(known) != len(ranks):
        return None
    rank = max(known)
    carriers = tuple(
        place for place, value in enumerate(node.inputs) if ranks[place] == rank and context.tensor(value) is None
    )
    if not carriers or (node.op_type == "PRelu" and ranks[0] != rank):
        return None
    lower = [
        value
        for place, value in enumerate(node.inputs)
        if value is not None and ranks[place] != rank and ranks[place] and context.tensor(value) is None
    ]

    def moved_inside(perm: Layout) -> int:
        total = 0
        for value in lower:
            shape = context.shape(value) or ()
            wide = (1,) * (rank - len(shape)) + shape
            total += 0 if moves_only_ones(wide, perm) else elements(shape)
        return total

    def follow(op: OpsetBuilder, perm: Layout) -> None:
        for place, value in enumerate(node.inputs):
            if value is not None and place not in carriers:
                node.replace_input_with(place, _operand(context, op, value, rank, perm))

    return Movable(
        node=node, inputs=carriers, outputs=tuple(node.outputs), rank=rank, follow=follow, moved_inside=moved_inside
    )


def _operand(context: RewriteContext, op: OpsetBuilder, value: ir.Value, rank: int, perm: Layout) -> ir.Value:
    """An operand that does not carry the order, made to broadcast with data transposed by ``perm``."""
    tensor = context.tensor(value)
    if tensor is None:
        return _varying_operand(context, op, value, rank, perm)
    sizes = sizes_of(tensor)
    if tensor.size == 1:
        return value
    wide = (1,) * (rank - len(sizes)) + sizes
    order = permuted(wide, perm)
    if moves_only_ones(wide, perm):
        shorter = order[next(axis for axis, size in enumerate(order) if size != 1) :]
        return value if shorter == sizes else op.initializer(reshaped(tensor, shorter), name=value.name or "const")
    return op.initializer(transposed(reshaped(tensor, wide), perm), name=value.name or "const")


def _varying_operand(context: RewriteContext, op: OpsetBuilder, value: ir.Value, rank: int, perm: Layout) -> ir.Value:
    """An operand of lower rank with its axes spelt out; a Reshape if its elements need not move."""
    shape = context.shape(value)
    if not shape:
        return value
    wide = (1,) * (rank - len(shape)) + shape
    target = [dim if isinstance(dim, int) else -1 for dim in permuted(wide, perm)]
    if moves_only_ones(wide, perm) and target.count(-1) <= 1 and 0 not in target:
        return op.reshape(value, target)
    return op.transpose(op.unsqueeze(value, list(range(rank - len(shape)))), perm)
