"""Transpose that moves nothing."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import ints
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import same_order
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Transpose that moves nothing", "Transpose")
def transpose_same(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if its perm is the identity."""
    value, perm = node.inputs[0], ints(node, "perm", [1, 0])
    if value is None or not same_order(perm) or not context.forwards(node.outputs[0], value):
        return NotApplied("")
    return Applied((value,))
