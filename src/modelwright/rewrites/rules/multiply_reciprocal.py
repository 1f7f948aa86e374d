"""Multiplication by a reciprocal is a division."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import is_floating
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Mul by Reciprocal to Div", "Mul", group=Group.FUSE)
def multiply_reciprocal(context: RewriteContext, node: ir.Node) -> Outcome:
    """``a * (1 / b)`` is ``a / b``, with one rounding less."""
    if len(node.inputs) != 2:
        return NotApplied("")
    for place in (1, 0):
        inverse = context.producer(node.inputs[place], node, "Reciprocal")
        value, divisor = node.inputs[1 - place], inverse.inputs[0] if inverse is not None else None
        if inverse is None or value is None or divisor is None or not is_floating(context, divisor):
            continue
        if not context.only_used_here(inverse.outputs[0]):
            return NotApplied("the reciprocal is also used elsewhere")
        return Applied((context.before(node).Div(value, divisor),))
    return NotApplied("")
