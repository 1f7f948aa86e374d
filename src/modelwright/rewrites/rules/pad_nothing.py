"""Pad by nothing."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Pad by nothing", "Pad")
def pad_nothing(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if all amounts are zero."""
    value = node.inputs[0]
    amounts = context.ints(node.inputs[1]) if len(node.inputs) > 1 else None
    if value is None or amounts is None or any(amounts) or not context.forwards(node.outputs[0], value):
        return NotApplied("")
    return Applied((value,))
