"""Loop that runs never or exactly once."""

from __future__ import annotations

from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.inlining import inline_body
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Loop of no or one trip", "Loop", since=11)
def loop_constant(context: RewriteContext, node: ir.Node) -> Outcome:
    """No trip: carried values are what they were, and what would be collected is empty. One trip: the body itself."""
    body = node.attributes["body"].as_graph()
    first = list(node.inputs[2:])
    if len(body.outputs) != len(node.outputs) + 1 or len(body.inputs) != len(first) + 2 or None in first:
        return NotApplied("it carries a value that is left out")
    carried = cast("list[ir.Value]", first)
    trips = _trips(context, node)
    if trips == 0:
        return _never(context, node, body, carried)
    if trips != 1:
        return NotApplied("the number of trips is not 0 or 1")
    if any(value.is_graph_input() or value.is_initializer() for value in body.outputs[1 + len(carried) :]):
        return NotApplied("it collects what it does not compute")
    return _once(context, node, body, carried)


def _trips(context: RewriteContext, node: ir.Node) -> int | None:
    """0 or 1, or None when it is another number or unknown."""
    limit, start = (context.array(value) for value in (*node.inputs[:2],))
    begins = node.inputs[1] is None or (start is not None and start.size == 1 and bool(start.reshape(-1)[0]))
    if start is not None and start.size == 1 and not begins:
        return 0
    if limit is None or limit.size != 1:
        return None
    number = int(limit.reshape(-1)[0])
    return 0 if number <= 0 else 1 if number == 1 and begins else None


def _never(context: RewriteContext, node: ir.Node, body: ir.Graph, carried: list[ir.Value]) -> Outcome:
    results = list(carried)
    empties: list[np.ndarray] = []
    for value in body.outputs[1 + len(carried) :]:
        shape, dtype = context.shapes.static_shape(value), context.shapes.dtype(value)
        if shape is None or dtype is None or dtype is ir.DataType.STRING:
            return NotApplied("the shape of what it would collect is unknown")
        empties.append(np.zeros((0, *shape), dtype.numpy()))
    if not all(context.forwards(old, new) for old, new in zip(node.outputs, results, strict=False)):
        return NotApplied("it names an output of the graph")
    op = context.before(node)
    return Applied((*results, *(op.constant(array) for array in empties)))


def _once(context: RewriteContext, node: ir.Node, body: ir.Graph, carried: list[ir.Value]) -> Outcome:
    op = context.before(node)
    values = [op.constant(np.asarray(0, np.int64)), op.constant(np.asarray(True)), *carried]
    _, *outputs = inline_body(context, node, body, values)
    op = context.before(node)
    count = len(carried)
    return Applied((*outputs[:count], *(op.unsqueeze(value, [0]) for value in outputs[count:])))
