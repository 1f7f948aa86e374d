"""Slice that takes everything."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_FAR = 2**31 - 1


@rewrite("Slice of everything", "Slice")
def slice_whole(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if every axis is cut from 0 to its end in steps of 1."""
    value = node.inputs[0]
    if value is None or len(node.inputs) < 3 or not context.forwards(node.outputs[0], value):
        return NotApplied("")
    starts, ends = context.ints(node.inputs[1]), context.ints(node.inputs[2])
    axes = context.ints(node.inputs[3]) if len(node.inputs) > 3 and node.inputs[3] is not None else None
    if starts is None or ends is None or any(starts) or not _steps_of_one(context, node):
        return NotApplied("")
    shape = context.shape(value)
    for place, end in enumerate(ends):
        axis = axes[place] if axes is not None else place
        dim = shape[axis] if shape is not None and (axes is not None or len(node.inputs) <= 3) else None
        if not (end >= _FAR or (isinstance(dim, int) and end >= dim)):
            return NotApplied("it cuts")
    return Applied((value,))


def _steps_of_one(context: RewriteContext, node: ir.Node) -> bool:
    steps = node.inputs[4] if len(node.inputs) > 4 else None
    found = context.ints(steps)
    return steps is None or (found is not None and all(step == 1 for step in found))
