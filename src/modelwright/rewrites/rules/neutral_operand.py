"""Addition of 0, multiplication by 1 and their kin."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import keeps_shape, split_constant
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite
from modelwright.rewrites.uniform import constant_array

_NEUTRAL = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}
_COMMUTES = frozenset({"Add", "Mul"})


@rewrite("neutral operand", *_NEUTRAL)
def neutral_operand(context: RewriteContext, node: ir.Node) -> Outcome:
    """Goes if the constant is all 0 (Add, Sub) or all 1 (Mul, Div, Pow) and does not change the shape."""
    found = split_constant(context, node)
    if found is None or (found[2] == 0 and node.op_type not in _COMMUTES):
        return NotApplied("")
    value, constant, _place = found
    array = constant_array(context, constant)
    if array is None or not np.all(array == _NEUTRAL[node.op_type]):
        return NotApplied("")
    if not context.forwards(node.outputs[0], value) or not keeps_shape(context, value, constant):
        return NotApplied("it broadcasts")
    return Applied((value,))
