"""A dense layer on more than two dimensions, written as ``Reshape, MatMul, Reshape``."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("MatMul between reshapes", "Reshape", group=Group.RECOGNIZE)
def dense_reshapes(context: RewriteContext, node: ir.Node) -> Outcome:
    """``reshape(reshape(x, [-1, C]) @ w, [..., K])`` is ``x @ w`` when only the last dimension differs."""
    product = context.producer(node.inputs[0], node, "MatMul")
    inner = context.producer(product.inputs[0], product, "Reshape") if product is not None else None
    data = inner.inputs[0] if inner is not None else None
    if product is None or inner is None or data is None or product.inputs[1] is None:
        return NotApplied("")
    if not context.only_used_here(product.outputs[0]):
        return NotApplied("the product is also used elsewhere")
    weight = context.shape(product.inputs[1])
    before, flat, after = (context.shape(value) for value in (data, inner.outputs[0], node.outputs[0]))
    if weight is None or before is None or flat is None or after is None or (len(weight), len(flat)) != (2, 2):
        return NotApplied("the shapes are unknown")
    if len(before) != len(after) or before[-1] != weight[0] or after[-1] != weight[1] or not isinstance(weight[0], int):
        return NotApplied("the last dimensions do not fit")
    if not _same_in_front(before[:-1], after[:-1]):
        return NotApplied("the dimensions in front differ")
    return Applied((context.before(node).MatMul(data, product.inputs[1]),))


def _same_in_front(before: tuple[int | str | None, ...], after: tuple[int | str | None, ...]) -> bool:
    """Whether the dimensions are known to be equal; a single unknown one follows from the others and the size."""
    unknown = [axis for axis, (a, b) in enumerate(zip(before, after, strict=True)) if a is None or a != b]
    if any(isinstance(before[axis], int) and isinstance(after[axis], int) for axis in unknown):
        return False
    known = [dim for axis, dim in enumerate(before) if axis not in unknown]
    return not unknown or (len(unknown) == 1 and all(isinstance(dim, int) and dim > 0 for dim in known))
