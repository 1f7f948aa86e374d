"""Gelu from its parts, exact and with tanh (Hendrycks and Gimpel 2016)."""

from __future__ import annotations

import math

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import is_close
from modelwright.rewrites.products import line_of, product_of
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite

_TANH_SCALE = math.sqrt(2.0 / math.pi)
_TANH_CUBIC = 0.044715


@rewrite("Gelu", "Mul", "Div", group=Group.RECOGNIZE, since=20)
def gelu(context: RewriteContext, node: ir.Node) -> Outcome:
    """``0.5 x (1 + erf(x / sqrt 2))`` or ``0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))``."""
    product = product_of(context, node)
    if product is None or len(product.values) != 2:
        return NotApplied("")
    for place in (0, 1):
        x, gate = product.values[place], product.values[1 - place]
        line = line_of(context, gate)
        total = product.factor * line.slope, product.factor * line.offset
        maker = line.value.producer()
        if maker is None or maker.domain or not (is_close(total[0], 0.5) and is_close(total[1], 0.5)):
            continue
        argument = maker.inputs[0] if maker.inputs else None
        if argument is None:
            continue
        if maker.op_type == "Erf":
            inner = line_of(context, argument)
            if inner.value is x and is_close(inner.slope, math.sqrt(0.5)) and inner.offset == 0.0:
                return Applied((context.before(node).Gelu(x),))
        if maker.op_type == "Tanh" and _is_tanh_argument(context, argument, x):
            return Applied((context.before(node).Gelu(x, approximate="tanh"),))
    return NotApplied("")


def _is_tanh_argument(context: RewriteContext, value: ir.Value, x: ir.Value) -> bool:
    line = line_of(context, value)
    total = line.value.producer()
    if (
        total is None
        or total.op_type != "Add"
        or total.domain
        or line.offset != 0.0
        or not is_close(line.slope, _TANH_SCALE, relative=1e-4)
    ):
        return False
    rest = [item for item in total.inputs if item is not x]
    if len(rest) != 1 or rest[0] is None:
        return False
    cubic = line_of(context, rest[0])
    return (
        is_close(cubic.slope, _TANH_CUBIC, relative=1e-4) and cubic.offset == 0.0 and _is_cube(context, cubic.value, x)
    )


def _is_cube(context: RewriteContext, value: ir.Value, x: ir.Value) -> bool:
    node = value.producer()
    if node is None or node.domain:
        return False
    if node.op_type == "Pow":
        return node.inputs[0] is x and context.scalar(node.inputs[1]) == 3.0
    if node.op_type != "Mul":
        return False
    product = product_of(context, node)
    return product is not None and product.factor == 1.0 and product.values == (x, x, x)
