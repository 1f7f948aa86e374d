"""Erf of a negated argument: ``c - erf(-z)`` is ``c + erf(z)``, the form that recognizers of Gelu look for."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.products import line_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Erf of the negative", "Sub", group=Group.RECOGNIZE, since=9)
def erf_negative(context: RewriteContext, node: ir.Node) -> Outcome:
    """The error function is odd (DLMF 7.4.1); the argument is a negative multiple of something."""
    left, right = node.inputs
    error = context.producer(right, node, "Erf")
    argument = error.inputs[0] if error is not None else None
    if left is None or right is None or argument is None or context.tensor(left) is None:
        return NotApplied("")
    if not context.only_used_here(right):
        return NotApplied("the error function is also used elsewhere")
    line = line_of(context, argument)
    if line.offset != 0.0 or line.slope >= 0.0:
        return NotApplied("its argument is not a negative multiple")
    op = context.before(node)
    scaled = line.value if line.slope == -1.0 else op.Mul(line.value, op.scalar(-line.slope, line.value))
    return Applied((op.Add(left, op.Erf(scaled)),))
