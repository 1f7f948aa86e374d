"""Gemm as ``MatMul + Add``, for targets that know only these."""

from __future__ import annotations

from functools import partial

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import RecordingBuilder, RewriteContext, source_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite
from modelwright.rewrites.tensors import derived, sizes_of


@rewrite("Gemm to MatMul + Add", "Gemm", group=Group.MATMUL, since=11)
def gemm_matrix_product(context: RewriteContext, node: ir.Node) -> Outcome:
    """``alpha * A' @ B' + beta * C``; transposes and factors go into constants, which they must meet."""
    left, right = node.inputs[0], node.inputs[1]
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    if left is None or right is None or context.shapes.dtype(left) not in FLOATS:
        return NotApplied("it is not floating point")
    alpha, beta, turned = _factor(node, "alpha"), _factor(node, "beta"), bool(flag(node, "transB"))
    weight, offset = context.tensor(right), context.tensor(bias)
    if weight is None and (turned or alpha != 1.0):
        return NotApplied("the weights, which would be transposed or scaled, are not constants")
    if bias is not None and beta != 1.0 and offset is None:
        return NotApplied("the bias, which would be scaled, is not a constant")
    op = context.before(node)
    op.origin = source_of(node)
    kernel = _constant(op, right, weight, alpha, turned=turned)
    data = op.transpose(left, [1, 0]) if flag(node, "transA") else left
    product = op.MatMul(data, kernel)
    return Applied((product if bias is None else op.Add(product, _constant(op, bias, offset, beta, turned=False)),))


def _factor(node: ir.Node, name: str) -> float:
    attribute = node.attributes.get(name)
    return 1.0 if attribute is None else attribute.as_float()


def _constant(
    op: RecordingBuilder, value: ir.Value, tensor: ir.TensorProtocol | None, factor: float, *, turned: bool
) -> ir.Value:
    """The value transposed and scaled as asked; itself when nothing is."""
    if tensor is None or (factor == 1.0 and not turned):
        return value
    sizes = sizes_of(tensor)
    compute = partial(_turned_and_scaled, factor=factor, turned=turned)
    return op.initializer(derived([tensor], sizes[::-1] if turned else sizes, compute), name=value.name or "weight")


def _turned_and_scaled(array: np.ndarray, *, factor: float, turned: bool) -> np.ndarray:
    scaled = array if factor == 1.0 else (array * array.dtype.type(factor)).astype(array.dtype)
    return scaled.T if turned else scaled
