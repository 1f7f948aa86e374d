"""Gemm without a bias followed by the addition of one row."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.affine import Affine, folded_bias
from modelwright.rewrites.context import RewriteContext, source_of
from modelwright.rewrites.matching import along_axis, split_constant
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Gemm + bias", "Add", group=Group.FUSE, since=11)
def gemm_bias(context: RewriteContext, node: ir.Node) -> Outcome:
    """The row joins the bias that is there, or becomes the bias."""
    found = split_constant(context, node)
    product = context.producer(found[0], node, "Gemm") if found is not None else None
    array = context.array(found[1]) if found is not None else None
    if found is None or product is None or array is None:
        return NotApplied("")
    if not context.only_used_here(product.outputs[0]):
        return NotApplied("the product is also used elsewhere")
    beta = product.attributes.get("beta")
    columns = (context.shape(product.outputs[0]) or (None, None))[1]
    row = along_axis(array, 2, 1)
    previous = product.inputs[2] if len(product.inputs) > 2 else None
    old = context.tensor(previous)
    if row is None or not isinstance(columns, int) or row.size not in (1, columns):
        return NotApplied("the constant is not one row")
    if (beta is not None and beta.as_float() != 1.0) or (previous is not None and (old is None or len(old.shape) > 1)):
        return NotApplied("the bias that is there is not a constant row")
    total = folded_bias(None if old is None else old.numpy(), Affine(scale=None, shift=row), columns)
    op = context.before(node)
    op.origin = source_of(product)
    attributes = {name: attribute.value for name, attribute in product.attributes.items()}
    bias = op.constant(total.astype(array.dtype)) if total is not None else None
    return Applied((op.Gemm(product.inputs[0], product.inputs[1], bias, **attributes),))
