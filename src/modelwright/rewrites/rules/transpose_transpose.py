"""Transpose of a Transpose is one Transpose, or none."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import ints
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import same_order
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Transpose of Transpose", "Transpose")
def transpose_transpose(context: RewriteContext, node: ir.Node) -> Outcome:
    """``transpose(transpose(x, p), q)`` is ``transpose(x, [p[i] for i in q])``."""
    inner = context.producer(node.inputs[0], node, "Transpose")
    source = inner.inputs[0] if inner is not None else None
    if inner is None or source is None or "perm" not in inner.attributes or "perm" not in node.attributes:
        return NotApplied("")
    first = ints(inner, "perm", [])
    perm = [first[axis] for axis in ints(node, "perm", [])]
    if same_order(perm) and not context.forwards(node.outputs[0], source):
        return NotApplied("it names an output of the graph")
    return Applied((context.before(node).transpose(source, perm),))
