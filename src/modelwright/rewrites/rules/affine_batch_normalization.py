"""Multiplication and addition by channel is BatchNormalization: one operator, which compilers know how to fuse."""

from __future__ import annotations

from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import along_axis, split_constant
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Mul + Add by channel to BatchNormalization", "Add", "Sub", group=Group.NORMALIZE, since=15)
def affine_batch_normalization(context: RewriteContext, node: ir.Node) -> Outcome:
    """``x * scale + shift`` with mean 0, variance 1 and epsilon 0, for data of three dimensions or more."""
    outer = split_constant(context, node)
    inner_node = context.producer(outer[0], node, "Mul") if outer is not None else None
    inner = split_constant(context, inner_node) if inner_node is not None else None
    if outer is None or inner is None or (node.op_type == "Sub" and outer[2] == 0):
        return NotApplied("")
    data, shape = inner[0], context.shape(inner[0])
    if shape is None or len(shape) < 3 or not isinstance(shape[1], int) or not context.only_used_here(outer[0]):
        return NotApplied("the channels are unknown, or the product is also used elsewhere")
    dtype = context.shapes.dtype(data)
    rows = [_by_channel(context, value, len(shape), shape[1]) for value in (inner[1], outer[1])]
    if dtype not in FLOATS or rows[0] is None or rows[1] is None:
        return NotApplied("the constants do not vary along the channels only")
    kind = cast("ir.DataType", dtype).numpy()
    shift = -rows[1] if node.op_type == "Sub" else rows[1]
    channels = shape[1]
    op = context.before(node)
    statistics = [rows[0].astype(kind), shift.astype(kind), np.zeros(channels, kind), np.ones(channels, kind)]
    return Applied((op.BatchNormalization(data, *statistics, epsilon=0.0),))


def _by_channel(context: RewriteContext, value: ir.Value, rank: int, channels: int) -> np.ndarray | None:
    array = context.array(value)
    row = along_axis(array, rank, 1) if array is not None else None
    return row if row is not None and row.size == channels and channels > 1 else None
