"""HardSwish from its parts: ``x * hard_sigmoid(x)`` with slope 1/6 (Howard et al. 2019, MobileNetV3)."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import is_close
from modelwright.rewrites.products import clip_bounds, line_of, product_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("HardSwish", "Mul", "Div", group=Group.RECOGNIZE, since=14)
def hard_swish(context: RewriteContext, node: ir.Node) -> Outcome:
    """``x * clip(x + 3, 0, 6) / 6``, with the factors in any order."""
    product = product_of(context, node)
    if product is None or len(product.values) != 2:
        return NotApplied("")
    for place in (0, 1):
        x, gate = product.values[place], product.values[1 - place]
        if _is_gate(context, x, gate, product.factor):
            return Applied((context.before(node).HardSwish(x),))
    return NotApplied("")


def _is_gate(context: RewriteContext, x: ir.Value, gate: ir.Value, factor: float) -> bool:
    maker = gate.producer()
    if maker is not None and maker.op_type == "HardSigmoid" and not maker.domain:
        alpha, beta = maker.attributes.get("alpha"), maker.attributes.get("beta")
        slope = alpha.as_float() if alpha is not None else 0.2
        offset = beta.as_float() if beta is not None else 0.5
        return maker.inputs[0] is x and is_close(slope, 1 / 6) and is_close(offset, 0.5) and is_close(factor, 1.0)
    bounds = clip_bounds(context, gate)
    if bounds is None or bounds[1] != 0.0 or not is_close(bounds[2] * factor, 1.0):
        return False
    line = line_of(context, bounds[0])
    return line.value is x and is_close(line.slope * factor, 1 / 6) and is_close(line.offset * factor, 0.5)
