"""Concat, Sum, Mean, Max or Min of a single operand."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("operator of one operand", "Concat", "Sum", "Mean", "Max", "Min")
def single_operand(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes."""
    value = node.inputs[0] if len(node.inputs) == 1 else None
    if value is None or not context.forwards(node.outputs[0], value):
        return NotApplied("")
    return Applied((value,))
