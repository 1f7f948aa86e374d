"""HardSigmoid from its parts: ``clip(x + 3, 0, 6) / 6`` or ``clip(x / 6 + 0.5, 0, 1)``."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import is_close, is_floating
from modelwright.rewrites.products import clip_bounds, line_of, product_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("HardSigmoid", "Clip", "Mul", "Div", group=Group.RECOGNIZE, since=6)
def hard_sigmoid(context: RewriteContext, node: ir.Node) -> Outcome:
    """``max(0, min(1, alpha * x + beta))`` with alpha 1/6 and beta 1/2, or 1/5 and 1/2."""
    factor, clipped = 1.0, node.outputs[0]
    if node.op_type != "Clip":
        product = product_of(context, node)
        if product is None or len(product.values) != 1:
            return NotApplied("")
        factor, clipped = product.factor, product.values[0]
    bounds = clip_bounds(context, clipped)
    if bounds is None or bounds[1] != 0.0 or not is_close(bounds[2] * factor, 1.0):
        return NotApplied("")
    line = line_of(context, bounds[0])
    slope, offset = line.slope * factor, line.offset * factor
    if not is_close(offset, 0.5) or not any(is_close(slope, wanted) for wanted in (1 / 6, 0.2)):
        return NotApplied("")
    if not is_floating(context, line.value):
        return NotApplied("it is not floating point")
    return Applied((context.before(node).HardSigmoid(line.value, alpha=slope, beta=0.5),))
