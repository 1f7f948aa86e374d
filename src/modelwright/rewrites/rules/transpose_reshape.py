"""Transpose that only moves dimensions of size 1 is a Reshape, which costs nothing."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import ints
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Transpose of ones to Reshape", "Transpose", group=Group.FUSE)
def transpose_reshape(context: RewriteContext, node: ir.Node) -> Outcome:
    """At most one dimension may be unknown, so that the target is a constant."""
    data, perm = node.inputs[0], ints(node, "perm", [])
    shape = context.shape(data) if data is not None else None
    if data is None or shape is None or len(perm) != len(shape):
        return NotApplied("")
    kept = [axis for axis in perm if shape[axis] != 1]
    if kept != sorted(kept):
        return NotApplied("")
    dims = [shape[axis] for axis in perm]
    target = [dim if isinstance(dim, int) else -1 for dim in dims]
    if target.count(-1) > 1 or 0 in target:
        return NotApplied("more than one dimension is unknown")
    return Applied((context.before(node).reshape(data, target),))
