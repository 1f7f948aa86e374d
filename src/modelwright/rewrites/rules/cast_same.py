"""Cast to the dtype that the input has."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Cast to the same dtype", "Cast")
def cast_same(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if the dtype is known and the same."""
    value = node.inputs[0]
    if value is None or context.shapes.dtype(value) is not ir.DataType(node.attributes["to"].as_int()):
        return NotApplied("")
    return Applied((value,)) if context.forwards(node.outputs[0], value) else NotApplied("it names an output")
