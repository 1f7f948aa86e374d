"""Squeeze of what Unsqueeze put in, and the other way round."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.structure import axes_of
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_OPPOSITE = {"Squeeze": "Unsqueeze", "Unsqueeze": "Squeeze"}


@rewrite("Squeeze and Unsqueeze", "Squeeze", "Unsqueeze")
def squeeze_unsqueeze(context: RewriteContext, node: ir.Node) -> Outcome:
    """Both go if they name the same axes, counted in the longer shape."""
    inner = context.producer(node.inputs[0], node, _OPPOSITE[node.op_type])
    source = inner.inputs[0] if inner is not None else None
    if inner is None or source is None:
        return NotApplied("")
    rank = context.rank(inner.outputs[0] if node.op_type == "Squeeze" else source)
    pair = [axes_of(context.shapes, item) for item in (inner, node)]
    if rank is None or not pair[0] or not pair[1]:
        return NotApplied("the axes are unknown")
    first, second = (sorted(axis % rank for axis in axes or ()) for axes in pair)
    if first != second:
        return NotApplied("they name different axes")
    return Applied((source,)) if context.forwards(node.outputs[0], source) else NotApplied("it names an output")
