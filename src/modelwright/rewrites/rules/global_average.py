"""ReduceMean over all spatial axes of N, C, spatial... data is GlobalAveragePool."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.hub.shape_rules.structure import axes_of
from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite

_NAMES = {"ReduceMean": "GlobalAveragePool", "ReduceMax": "GlobalMaxPool"}


@rewrite("ReduceMean to GlobalAveragePool", *_NAMES, group=Group.FUSE)
def global_average(context: RewriteContext, node: ir.Node) -> Outcome:
    """With ``keepdims``; without, a Reshape or Squeeze follows. Only for four dimensions or more."""
    data, axes = node.inputs[0], axes_of(context.shapes, node)
    rank = context.rank(data) if data is not None else None
    if data is None or rank is None or rank < 4 or not axes:
        return NotApplied("")
    if sorted(axis % rank for axis in axes) != list(range(2, rank)):
        return NotApplied("it does not reduce all the spatial axes, and only them")
    if context.shapes.dtype(data) not in FLOATS:
        return NotApplied("it is not floating point")
    op = context.before(node)
    pooled = op.emit(_NAMES[node.op_type], [data])
    if flag(node, "keepdims", 1):
        return Applied((pooled,))  # pyright: ignore[reportArgumentType]
    return Applied((op.squeeze(pooled, list(range(2, rank))),))  # pyright: ignore[reportArgumentType]
