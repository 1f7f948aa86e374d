"""Operators that MindSpore has no primitive for, in simpler ones: the standard's definitions and our own."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.backends.mindir.operators import operators
from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.function_bodies import expand_by_standard
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.bodies import bodies_of, learn_bodies
from modelwright.passes.integer_operators import INTEGER, in_real_numbers
from modelwright.passes.recurrent.unroll import RECURRENT, unroll
from modelwright.passes.scans import as_loop, scanned
from modelwright.passes.suppression import suppressed
from modelwright.rewrites.context import source_of

_TAKEN_APART = (*RECURRENT, *INTEGER, "Scan", "NonMaxSuppression")


def expand(model: ir.Model, opset: int) -> None:
    """Replaces operators that have no converter by simpler ones, in bodies of control flow, too.

    Args:
        model: The model; changed in place.
        opset: Its opset.
    """
    names, shapes = NameScope.of_graph(model.graph), Shapes(opset)
    pending = list(model.graph)[::-1]
    while pending:
        node = pending.pop()
        learn_bodies(node, shapes)
        if not node.domain and node.op_type in _TAKEN_APART:
            pending.extend(reversed(_take_apart(node, opset, names, shapes, model.graph)))
            continue
        if node.domain or operators().find(node.op_type) is not None:
            pending.extend(item for _, body in bodies_of(node) for item in reversed(body))
            continue
        pending.extend(reversed(_by_standard(node, opset, names, shapes)))


def _by_standard(node: ir.Node, opset: int, names: NameScope, shapes: Shapes) -> list[ir.Node]:
    """Puts the standard's own definition of a node in its place; returns the nodes that it has."""
    for value in (*node.inputs, *node.outputs):
        if value is not None:
            shapes.shape(value)
    body = expand_by_standard(node, opset, names)
    graph = node.graph
    if body is None or graph is None:
        return []
    nodes, results, _ = body
    for item in nodes:
        item.meta["source"] = source_of(node)
    graph.insert_before(node, nodes)
    for old, new in zip(node.outputs, results, strict=False):
        if new is not None:
            new.name, old.name = old.name, None
            old.replace_all_uses_with(new, replace_graph_outputs=True)
    graph.remove(node, safe=True)
    return list(nodes)


def _take_apart(node: ir.Node, opset: int, names: NameScope, shapes: Shapes, root: ir.Graph) -> list[ir.Node]:
    """Writes a node in simpler ones, which are returned; one that cannot be is left, and refused later."""
    graph = node.graph
    if not isinstance(graph, ir.Graph):
        return []
    op = OpsetBuilder(graph, opset, names=names, shapes=shapes, before=node, constants=root)
    before = set(graph)
    try:
        with op.at(source_of(node)):
            results = _simpler(node, op, root)
    except ConversionError:
        for made in [item for item in reversed(list(graph)) if item not in before]:
            graph.remove(made, safe=True)
        return []
    for old, new in zip(node.outputs, results, strict=True):
        if old.name:
            new.name, old.name = old.name, None
        old.replace_all_uses_with(new, replace_graph_outputs=True)
    graph.remove(node, safe=True)
    return [item for item in graph if item not in before]


def _simpler(node: ir.Node, op: OpsetBuilder, root: ir.Graph) -> tuple[ir.Value, ...]:
    """Emits what takes the place of a node's outputs."""
    if node.op_type in INTEGER:
        return in_real_numbers(node, op)

    def inside(body: ir.Graph) -> OpsetBuilder:
        inner = OpsetBuilder(body, op.opset, names=op.names, shapes=op.shapes, constants=root)
        inner.origin = op.origin
        return inner

    if node.op_type in RECURRENT:
        return unroll(node, op, inside)
    if node.op_type == "NonMaxSuppression":
        return suppressed(node, op, inside)
    return as_loop(op, [value for value in node.inputs if value is not None], scanned(node), inside)
