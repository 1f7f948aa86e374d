"""Transposes go to where the tensor has fewer axes: before an Unsqueeze and behind a Squeeze.

TensorFlow runs one-dimensional convolutions as two-dimensional ones between ExpandDims and Squeeze. With the Transposes
of the layout inside that pair no other layer sees them; outside, they meet those of the neighbours and vanish.
"""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.structure import axes_of
from modelwright.hub.shape_rules.windows import ints
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Squeeze before Transpose", "Squeeze")
def squeeze_of_transpose(context: RewriteContext, node: ir.Node) -> Outcome:
    """The axes are those the Transpose took them from; it permutes what is left."""
    inner = context.producer(node.inputs[0], node, "Transpose")
    data = inner.inputs[0] if inner is not None else None
    if inner is None or data is None or not context.only_used_here(inner.outputs[0]):
        return NotApplied("")
    perm, axes = ints(inner, "perm", []), axes_of(context.shapes, node)
    if not perm or not axes:
        return NotApplied("the axes are unknown")
    dropped = {axis % len(perm) for axis in axes}
    left = [perm[axis] for axis in range(len(perm)) if axis not in dropped]
    op = context.before(node)
    squeezed = op.squeeze(data, sorted(perm[axis] for axis in dropped))
    return Applied((op.transpose(squeezed, [sorted(left).index(axis) for axis in left]),))


@rewrite("Transpose before Unsqueeze", "Transpose")
def transpose_of_unsqueeze(context: RewriteContext, node: ir.Node) -> Outcome:
    """The Transpose permutes what was there; the axes are put in where it would have moved them."""
    inner = context.producer(node.inputs[0], node, "Unsqueeze")
    data = inner.inputs[0] if inner is not None else None
    if inner is None or data is None:
        return NotApplied("")
    perm, axes = ints(node, "perm", []), axes_of(context.shapes, inner)
    if not perm or not axes:
        return NotApplied("the axes are unknown")
    added = {axis % len(perm) for axis in axes}
    old = [axis for axis in range(len(perm)) if axis not in added]
    op = context.before(node)
    turned = op.transpose(data, [old.index(axis) for axis in perm if axis not in added])
    return Applied((op.unsqueeze(turned, [place for place, axis in enumerate(perm) if axis in added]),))
