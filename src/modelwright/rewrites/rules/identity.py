"""Identity passes its input on."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Identity", "Identity")
def identity(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes, unless it gives an input, a constant or an outer value an output's name."""
    value = node.inputs[0]
    if value is None or not context.forwards(node.outputs[0], value):
        return NotApplied("it names an output of the graph")
    return Applied((value,))
