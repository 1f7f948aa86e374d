"""A Reshape undoes whatever Reshape, Squeeze, Unsqueeze or Flatten came before it."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Reshape of a reshape", "Reshape")
def reshape_reshape(context: RewriteContext, node: ir.Node) -> Outcome:
    """The inner one is skipped; entries 0, which copy its dimensions, must have become sizes first."""
    inner = context.producer(node.inputs[0], node, "Reshape", "Squeeze", "Unsqueeze", "Flatten")
    source = inner.inputs[0] if inner is not None else None
    if inner is None or source is None:
        return NotApplied("")
    target = context.ints(node.inputs[1])
    if target is None:
        return NotApplied("the target shape is computed")
    if 0 in target:
        if flag(node, "allowzero"):
            return NotApplied("it makes an empty tensor")
        before, middle = context.shape(source), context.shape(inner.outputs[0])
        if before is None or middle is None or not _same_copies(target, before, middle):
            return NotApplied("it copies dimensions of the inner one")
    return Applied((context.before(node).reshape(source, target),))


def _same_copies(target: list[int], before: tuple[int | str | None, ...], middle: tuple[int | str | None, ...]) -> bool:
    """Whether the dimensions that are copied are the same before the inner reshape."""
    return all(
        entry != 0
        or (axis < len(before) and axis < len(middle) and before[axis] == middle[axis] and before[axis] is not None)
        for axis, entry in enumerate(target)
    )
