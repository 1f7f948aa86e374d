"""Dropout does nothing in inference."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Dropout", "Dropout")
def dropout(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if it is not in training mode and its mask is unused."""
    value = node.inputs[0]
    if value is None or not context.forwards(node.outputs[0], value):
        return NotApplied("it names an output of the graph")
    training = node.inputs[2] if len(node.inputs) > 2 else None
    if training is not None:
        array = context.array(training)
        if array is None or bool(array.reshape(-1)[0]):
            return NotApplied("it runs in training mode")
    if any(mask.uses() or mask.is_graph_output() for mask in node.outputs[1:]):
        return NotApplied("its mask is used")
    return Applied((value,) * len(node.outputs))
