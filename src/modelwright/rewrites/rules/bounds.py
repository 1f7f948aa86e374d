"""Max, Min, Relu and Clip by constants are one Clip; Clip from 0 up is Relu."""

from __future__ import annotations

import math
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import keeps_shape, split_constant
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_OPERATORS = ("Clip", "Max", "Min", "Relu")


@dataclass(frozen=True, slots=True)
class _Bounded:
    value: ir.Value
    low: float
    high: float


@rewrite("Clip of Clip", *_OPERATORS, since=11)
def bounds(context: RewriteContext, node: ir.Node) -> Outcome:
    """``min(max(min(max(x, a), b), c), d)`` has one lower and one upper bound; constants that do not bind go."""
    outer = _bounded(context, node)
    dtype = context.shapes.dtype(outer.value) if outer is not None else None
    if outer is None or dtype not in FLOATS:
        return NotApplied("")
    if context.opset < 12 and dtype is not ir.DataType.FLOAT and node.op_type != "Clip":
        return NotApplied("ONNX Runtime has no Clip of this dtype before opset 12")
    value, low, high = outer.value, outer.low, outer.high
    inner_node = context.producer(value, node, *_OPERATORS)
    inner = _bounded(context, inner_node) if inner_node is not None else None
    if inner is not None:
        value = inner.value
        low, high = min(max(inner.low, low), high), max(min(inner.high, high), low)
        if (low, high) == (inner.low, inner.high) and context.forwards(node.outputs[0], outer.value):
            return Applied((outer.value,))
    wanted = _form(low, high)
    if inner is None and wanted == node.op_type:
        return NotApplied("")
    if wanted == "":
        return Applied((value,)) if context.forwards(node.outputs[0], value) else NotApplied("it names an output")
    op = context.before(node)
    if wanted == "Relu":
        return Applied((op.Relu(value),))
    return Applied((op.clip(value, None if low == -math.inf else low, None if high == math.inf else high),))


def _form(low: float, high: float) -> str:
    if (low, high) == (-math.inf, math.inf):
        return ""
    return "Relu" if (low, high) == (0.0, math.inf) else "Clip"


def _bounded(context: RewriteContext, node: ir.Node) -> _Bounded | None:
    value = node.inputs[0]
    if value is None:
        return None
    if node.op_type == "Relu":
        return _Bounded(value, 0.0, math.inf)
    if node.op_type == "Clip":
        low, high = _limit(context, node, 1, -math.inf), _limit(context, node, 2, math.inf)
        return None if low is None or high is None or low > high else _Bounded(value, low, high)
    found = split_constant(context, node)
    number = context.scalar(found[1]) if found is not None else None
    if found is None or number is None or math.isnan(number) or not keeps_shape(context, found[0], found[1]):
        return None
    return _Bounded(found[0], number, math.inf) if node.op_type == "Max" else _Bounded(found[0], -math.inf, number)


def _limit(context: RewriteContext, node: ir.Node, place: int, default: float) -> float | None:
    value = node.inputs[place] if len(node.inputs) > place else None
    if value is None:
        return default
    number = context.scalar(value)
    return None if number is None or math.isnan(number) else number
