"""Pad with zeros in front of MaxPool, where the zeros count.

ONNX Runtime (1.31 and before) joins such a Pad with the pooling, whose own padding never wins the maximum: wrong where
all values of a window are negative. It leaves a Pad by minus zero alone, which is the same number.
"""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.hub.shape_rules.windows import text
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Pad that MaxPool must not absorb", "Pad", group=Group.FUSE, since=11)
def pad_max_pool(context: RewriteContext, node: ir.Node) -> Outcome:
    """The padding's value becomes minus zero if a MaxPool uses the result."""
    data, value = node.inputs[0], node.inputs[2] if len(node.inputs) > 2 else None
    if data is None or text(node, "mode", "constant") != "constant":
        return NotApplied("")
    if not any(use.node.op_type == "MaxPool" for use in node.outputs[0].uses()):
        return NotApplied("")
    number = 0.0 if value is None else context.scalar(value)
    dtype = context.shapes.dtype(data)
    if number is None or number != 0.0 or math.copysign(1.0, number) < 0 or dtype not in FLOATS or dtype is None:
        return NotApplied("it does not pad with zero")
    op = context.before(node)
    zero = op.constant(np.asarray(-0.0, dtype=dtype.numpy()))
    return Applied((op.emit("Pad", [data, node.inputs[1], zero, *node.inputs[3:]], {"mode": "constant"}),))  # pyright: ignore[reportArgumentType]
