"""Swish, of which SiLU is the one with alpha 1, from its parts (Ramachandran et al. 2017)."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.products import line_of, product_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Swish", "Mul", group=Group.RECOGNIZE, since=24)
def swish(context: RewriteContext, node: ir.Node) -> Outcome:
    """``x * sigmoid(alpha * x)``; without alpha it is SiLU."""
    product = product_of(context, node)
    if product is None or len(product.values) != 2 or product.factor != 1.0:
        return NotApplied("")
    for place in (0, 1):
        x, gate = product.values[place], product.values[1 - place].producer()
        if gate is None or gate.op_type != "Sigmoid" or gate.domain or gate.inputs[0] is None:
            continue
        line = line_of(context, gate.inputs[0])
        if line.value is x and line.offset == 0.0:
            alpha = {} if line.slope == 1.0 else {"alpha": line.slope}
            return Applied((context.before(node).Swish(x, **alpha),))
    return NotApplied("")
