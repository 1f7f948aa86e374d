"""Slices of slices along other axes: cut at once, nothing that is thrown away is copied."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.slices import slice_bounds
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_SINCE = 10
"""The bounds are inputs from there on."""

_Cut = tuple[int, int, int, int]


@rewrite("Slice of a slice", "Slice", since=_SINCE)
def slice_slice(context: RewriteContext, node: ir.Node) -> Outcome:
    """Both become one if the axes differ, and if the inner slice goes because all its users are such slices."""
    inner = context.producer(node.inputs[0], node, "Slice")
    source = inner.inputs[0] if inner is not None else None
    if inner is None or source is None:
        return NotApplied("")
    middle = inner.outputs[0]
    if middle.is_graph_output() or not all(_joined(context, inner, use.node) for use in middle.uses()):
        return NotApplied("the inner slice is needed")
    cuts = _joined(context, inner, node)
    if cuts is None:
        return NotApplied("bounds are computed, or an axis is cut twice")
    op = context.before(node)
    starts, ends, axes, steps = (op.ints(list(numbers)) for numbers in zip(*cuts, strict=True))
    return Applied((op.Slice(source, starts, ends, axes, steps),))


def _joined(context: RewriteContext, inner: ir.Node, outer: ir.Node) -> list[_Cut] | None:
    """The cuts of both, by axis; None if they cannot be made at once."""
    if outer.op_type != "Slice" or outer.domain or outer.graph is not inner.graph:
        return None
    rank = context.rank(inner.outputs[0])
    bounds = [slice_bounds(context.shapes, node) for node in (inner, outer)]
    if rank is None or None in bounds or outer.inputs[0] is not inner.outputs[0]:
        return None
    cuts = [(start, end, axis % rank, step) for found in bounds if found for start, end, axis, step in found]
    return cuts if len({axis for _, _, axis, _ in cuts}) == len(cuts) else None
