"""Ranges that graphs compute from constants, such as the extent of a weight: computed here, once."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.passes.evaluation import evaluate_nodes

_MOST_NODES = 64


def constant_range(op: TensorFlowBuilder, low: ir.Value, high: ir.Value) -> tuple[np.ndarray, np.ndarray] | None:
    """The arrays two values always hold, or None if they depend on what only the run knows."""
    known = op.constant_value(low), op.constant_value(high)
    if known[0] is not None and known[1] is not None:
        return known[0], known[1]
    nodes = _ancestors([low, high])
    if nodes is None:
        return None
    computed = [value for value in (low, high) if value.producer() is not None]
    arrays = evaluate_nodes(nodes, list(dict.fromkeys(computed)), op.opset)
    if arrays is None:
        return None
    found = dict(zip(dict.fromkeys(computed), arrays, strict=True))
    first, last = (found.get(value, array) for value, array in zip((low, high), known, strict=True))
    return (first, last) if first is not None and last is not None else None


def _ancestors(values: list[ir.Value]) -> list[ir.Node] | None:
    """The nodes that make ``values``, sources first; None if they are many or need an input of the model."""
    order: list[ir.Node] = []
    seen: set[ir.Node] = set()
    stack = [(value, False) for value in values]
    while stack:
        value, ready = stack.pop()
        node = value.producer()
        if node is None:
            if value.const_value is None or value.is_graph_input():
                return None
        elif ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if len(seen) > _MOST_NODES:
                return None
            stack.append((value, True))
            stack.extend((source, False) for source in node.inputs if source is not None)
    return order
