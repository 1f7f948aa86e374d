"""Reshape, Squeeze, Unsqueeze, Flatten or Expand to the shape that the input has."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("reshape to the same shape", "Reshape", "Flatten", "Expand", "Tile", "Squeeze", "Unsqueeze")
def reshape_same(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if both shapes are known and equal; one dimension of a Reshape follows from the others."""
    value, output = node.inputs[0], node.outputs[0]
    if value is None or not context.forwards(output, value):
        return NotApplied("it names an output of the graph")
    before, after = context.shape(value), context.shape(output)
    if before is None or after is None or len(before) != len(after):
        return NotApplied("")
    unknown = [axis for axis, (a, b) in enumerate(zip(before, after, strict=True)) if a is None or a != b]
    if not unknown:
        return Applied((value,))
    (first, *more) = unknown
    sizes = isinstance(before[first], int) and isinstance(after[first], int)
    decided = not more and node.op_type == "Reshape" and not sizes
    rest_known = 0 not in before and all(isinstance(dim, int) for axis, dim in enumerate(before) if axis != first)
    return Applied((value,)) if decided and rest_known else NotApplied("the shapes differ")
