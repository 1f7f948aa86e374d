"""``MatMul + Add`` of two-dimensional operands is Gemm."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.rewrites.context import RewriteContext, source_of
from modelwright.rewrites.matching import split_constant
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite
from modelwright.rewrites.tensors import sizes_of


@rewrite("MatMul + Add to Gemm", "Add", group=Group.GEMM, since=11)
def matrix_product_bias(context: RewriteContext, node: ir.Node) -> Outcome:
    """Only for a constant bias of one row, which broadcasts along the rows in Gemm as well."""
    found = split_constant(context, node)
    product = context.producer(found[0], node, "MatMul") if found is not None else None
    if found is None or product is None:
        return NotApplied("")
    left, right = product.inputs
    bias = context.tensor(found[1])
    if left is None or right is None or bias is None or not context.only_used_here(product.outputs[0]):
        return NotApplied("the product is also used elsewhere")
    if context.rank(left) != 2 or context.rank(right) != 2:
        return NotApplied("the operands are not known to have two dimensions")
    columns = (context.shape(right) or (None, None))[1]
    sizes = sizes_of(bias)
    if len(sizes) > 2 or bias.size not in (1, columns) or (len(sizes) == 2 and sizes[0] != 1):
        return NotApplied("the bias is not one row")
    if context.shapes.dtype(left) not in FLOATS:
        return NotApplied("the operands are not floating point")
    op = context.before(node)
    op.origin = source_of(product)
    return Applied((op.Gemm(left, right, found[1]),))
