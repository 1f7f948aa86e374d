"""Squeeze or Unsqueeze beside a Reshape joins it."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Squeeze of a Reshape", "Squeeze", "Unsqueeze", "Flatten", group=Group.FUSE)
def squeeze_to_reshape(context: RewriteContext, node: ir.Node) -> Outcome:
    """``squeeze(reshape(x))`` is one Reshape when at most one dimension of the result is unknown."""
    inner = context.producer(node.inputs[0], node, "Reshape", "Squeeze", "Unsqueeze", "Flatten")
    source = inner.inputs[0] if inner is not None else None
    shape = context.shape(node.outputs[0])
    if inner is None or source is None or shape is None:
        return NotApplied("")
    target = [dim if isinstance(dim, int) else -1 for dim in shape]
    if target.count(-1) > 1 or 0 in target:
        return NotApplied("more than one dimension is unknown")
    return Applied((context.before(node).reshape(source, target),))
