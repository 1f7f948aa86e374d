"""Reshape to a computed shape of which all entries but one are known."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Reshape to a constant shape", "Reshape")
def reshape_target(context: RewriteContext, node: ir.Node) -> Outcome:
    """Sizes stay, a symbolic dimension of the input at the same place is copied by 0, one other becomes -1."""
    data, target = node.inputs[0], node.inputs[1]
    if data is None or target is None or context.tensor(target) is not None or flag(node, "allowzero"):
        return NotApplied("")
    contents = context.shapes.contents(target)
    if contents is None:
        return NotApplied("nothing is known about the target shape")
    entries = _constant_entries(list(contents.reshape(-1)), context.shape(data))
    if entries is None:
        return NotApplied("more than one entry of the target shape is unknown")
    return Applied((context.before(node).reshape(data, entries),))


def _constant_entries(wanted: list[int | str | None], source: tuple[int | str | None, ...] | None) -> list[int] | None:
    entries: list[int] = []
    for axis, entry in enumerate(wanted):
        if isinstance(entry, int):
            entries.append(entry)
        elif entry is not None and source is not None and axis < len(source) and source[axis] == entry:
            entries.append(0)
        else:
            entries.append(-1)
    return entries if entries.count(-1) <= 1 else None
