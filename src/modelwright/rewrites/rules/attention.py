"""Attention from its products (Vaswani et al. 2017), where the opset has it as one operator."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.products import line_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite

_RANK = 4
"""Batch, head, place and width."""


@dataclass(frozen=True, slots=True)
class _Scores:
    """What goes into the Softmax: ``scale * product + mask``."""

    product: ir.Node
    scale: float
    mask: ir.Value | None


@rewrite("Attention", "MatMul", group=Group.RECOGNIZE, since=23)
def attention(context: RewriteContext, node: ir.Node) -> Outcome:
    """``softmax(scale * Q K' + mask) V`` over tensors of batch, head, place and width."""
    softmax = context.producer(node.inputs[0], node, "Softmax")
    if softmax is None or not context.only_used_here(softmax.outputs[0]):
        return NotApplied("")
    axis = softmax.attributes.get("axis")
    if axis is not None and axis.as_int() not in (-1, _RANK - 1):
        return NotApplied("the softmax is over another axis")
    scores = _scores(context, softmax)
    if scores is None:
        return NotApplied("")
    query, turned, value = scores.product.inputs[0], scores.product.inputs[1], node.inputs[1]
    if query is None or turned is None or value is None:
        return NotApplied("")
    if not all(_is_rank_4(context, item) for item in (query, turned, value)):
        return NotApplied("the tensors are not of batch, head, place and width")
    if not _same_heads(context, query, turned, value):
        return NotApplied("the numbers of heads are not known to be equal")
    op = context.before(node)
    key = op.Transpose(turned, perm=[0, 1, 3, 2])
    inputs = [query, key, value] if scores.mask is None else [query, key, value, scores.mask]
    return Applied((op.Attention(*inputs, scale=scores.scale),))


def _scores(context: RewriteContext, softmax: ir.Node) -> _Scores | None:
    value, mask = softmax.inputs[0], None
    total = None if value is None else value.producer()
    if value is not None and total is not None and total.op_type == "Add" and not total.domain:
        for place in (0, 1):
            found = _scaled_product(context, total, total.inputs[place])
            mask = total.inputs[1 - place]
            if found is not None and _is_mask(context, mask) and context.only_used_here(value):
                return _Scores(found[0], found[1], mask)
    found = _scaled_product(context, softmax, value)
    return None if found is None else _Scores(found[0], found[1], None)


def _scaled_product(context: RewriteContext, user: ir.Node, value: ir.Value | None) -> tuple[ir.Node, float] | None:
    """A product of matrices that only ``user`` uses, and the number that it is multiplied by."""
    if value is None or not context.only_used_here(value):
        return None
    line = line_of(context, value)
    product = context.producer(line.value, user, "MatMul")
    if product is None or line.offset != 0.0 or not context.only_used_here(line.value):
        return None
    return product, line.slope


def _is_mask(context: RewriteContext, mask: ir.Value | None) -> bool:
    """A mask has a row for each query and a column for each key, and at most a batch and heads in front."""
    rank = None if mask is None else context.rank(mask)
    return rank is not None and rank in (2, _RANK)


def _is_rank_4(context: RewriteContext, value: ir.Value) -> bool:
    return context.rank(value) == _RANK


def _same_heads(context: RewriteContext, *values: ir.Value) -> bool:
    """Batch and heads must be equal: the operator shares heads where a product would broadcast them."""
    leading = [(context.shape(value) or ())[:2] for value in values]
    return None not in leading[0] and all(item == leading[0] for item in leading)
