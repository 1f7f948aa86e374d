"""One dimension, or a stretch of them, cut out of a Shape: the Shape operator does that itself from opset 15 on."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.structure import axes_of
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_SINCE = 15


@rewrite("part of a Shape", "Unsqueeze", "Gather", "Slice", since=_SINCE)
def shape_part(context: RewriteContext, node: ir.Node) -> Outcome:
    """``Unsqueeze(Gather(Shape, i))``, ``Gather(Shape, [i])`` and ``Slice(Shape)`` become a Shape with bounds."""
    place = node
    if node.op_type == "Unsqueeze":
        inner = context.producer(node.inputs[0], node, "Gather")
        if inner is None or axes_of(context.shapes, node) not in ([0], [-1]):
            return NotApplied("")
        place = inner
    source = context.producer(place.inputs[0], node, "Shape")
    if source is None or source.inputs[0] is None or source.attributes:
        return NotApplied("")
    rank = context.rank(source.inputs[0])
    bounds = None if rank is None else _bounds(context, place, rank, scalar=node.op_type == "Unsqueeze")
    if bounds is None:
        return NotApplied("no stretch of dimensions, or the rank is unknown")
    return Applied((context.before(node).Shape(source.inputs[0], start=bounds[0], end=bounds[1]),))


def _bounds(context: RewriteContext, node: ir.Node, rank: int, *, scalar: bool) -> tuple[int, int] | None:
    """First dimension and the one behind the last, not negative; None if that is not what the node takes."""
    if node.op_type == "Gather":
        index = node.inputs[1]
        picks = context.ints(index)
        if picks is None or index is None or len(picks) != 1 or context.rank(index) != (0 if scalar else 1):
            return None
        first = picks[0] + rank if picks[0] < 0 else picks[0]
        return (first, first + 1) if 0 <= first < rank else None
    starts, ends = context.ints(node.inputs[1]), context.ints(node.inputs[2])
    steps = context.ints(node.inputs[4]) if len(node.inputs) > 4 and node.inputs[4] is not None else [1]
    if starts is None or ends is None or steps != [1] or len(starts) != 1 or len(ends) != 1:
        return None
    first, last, _ = slice(starts[0], ends[0]).indices(rank)
    return (first, last) if first < last else None
