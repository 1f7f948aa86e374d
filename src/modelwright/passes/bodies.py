"""Subgraphs of control flow: how messages name them, and what is known of their inputs from outside."""

from __future__ import annotations

from collections.abc import Iterator

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shapes import Shapes, dims_of


def named(node: ir.Node) -> str:
    """``Reshape 'name'``, or what it makes where it has no name."""
    if node.name:
        return f"{node.op_type} {node.name!r}"
    return f"{node.op_type} (output {node.outputs[0].name!r})" if node.outputs else node.op_type


def bodies_of(node: ir.Node) -> list[tuple[str, ir.Graph]]:
    """The subgraphs of a node by attribute."""
    found: list[tuple[str, ir.Graph]] = []
    for name, attribute in node.attributes.items():
        if attribute.is_ref():
            continue
        if attribute.type is ir.AttributeType.GRAPH:
            found.append((name, attribute.as_graph()))
        elif attribute.type is ir.AttributeType.GRAPHS:
            found.extend((name, body) for body in attribute.as_graphs())
    return found


def reads_of(node: ir.Node) -> list[ir.Value]:
    """The values that a node and its subgraphs read of the graph that the node is in."""
    return [*(value for value in node.inputs if value is not None), *captured_by(node)]


def captured_by(node: ir.Node) -> list[ir.Value]:
    """The values that a node's subgraphs read of the graphs around them."""
    return [value for _, body in bodies_of(node) for value in _captured_by_body(body)]


def _captured_by_body(body: ir.Graph) -> list[ir.Value]:
    own: set[ir.Value] = {*body.inputs, *body.initializers.values()}
    found = list(body.outputs)
    for node in body:
        own.update(node.outputs)
        found.extend(reads_of(node))
    return [value for value in found if value not in own]


def bodies_with_places(graph: ir.Graph) -> Iterator[tuple[str, ir.Graph]]:
    """Every subgraph, however deep, and where it is: ``then_branch of If 'node'``."""
    pending: list[ir.Graph] = [graph]
    while pending:
        for node in pending.pop():
            for name, body in bodies_of(node):
                yield f"{name} of {named(node)}", body
                pending.append(body)


def describe_body_inputs(node: ir.Node, shapes: Shapes) -> None:
    """Gives the inputs of a Loop's or Scan's body the dimensions that follow from the node's inputs.

    A carried value may change its dimensions from one trip to the next; a dimension in which the body declares none is
    taken from the first value.
    """
    for name, body in bodies_of(node):
        if node.domain or name != "body":
            continue
        if node.op_type == "Loop":
            pairs = zip(body.inputs[2:], node.inputs[2:], strict=False)
            for inner, outer in pairs:
                _describe(inner, None if outer is None else shapes.shape(outer))
        elif node.op_type == "Scan":
            _describe_scan(node, body, shapes)


def _describe_scan(node: ir.Node, body: ir.Graph, shapes: Shapes) -> None:
    scanned = node.attributes["num_scan_inputs"].as_int() if "num_scan_inputs" in node.attributes else 0
    axes = list(node.attributes["scan_input_axes"].as_ints()) if "scan_input_axes" in node.attributes else [0] * scanned
    carried = len(node.inputs) - scanned
    for index, (inner, outer) in enumerate(zip(body.inputs, node.inputs, strict=False)):
        shape = None if outer is None else shapes.shape(outer)
        if index >= carried and shape:
            axis = axes[index - carried] % len(shape)
            shape = (*shape[:axis], *shape[axis + 1 :])
        _describe(inner, shape)


def _describe(value: ir.Value, shape: tuple[Dim, ...] | None) -> None:
    if shape is None:
        return
    old = dims_of(value.shape)
    if old is None or len(old) != len(shape):
        value.shape = ir.Shape(shape)
    else:
        value.shape = ir.Shape([new if mine is None else mine for mine, new in zip(old, shape, strict=True)])


def learn_bodies(node: ir.Node, shapes: Shapes) -> None:
    """Gives the inputs of a Loop's body the type that they have at first, and the shape as far as turns leave it."""
    if node.op_type != "Loop" or node.domain:
        return
    body = node.attributes["body"].as_graph()
    for inner, dtype in zip(body.inputs[:2], (ir.DataType.INT64, ir.DataType.BOOL), strict=False):
        inner.type, inner.shape = ir.TensorType(dtype), ir.Shape([])
    for inner, outer, result in zip(body.inputs[2:], node.inputs[2:], body.outputs[1:], strict=False):
        if outer is not None:
            _learn_carried(shapes, inner, outer, result)


def _learn_carried(shapes: Shapes, inner: ir.Value, outer: ir.Value, result: ir.Value) -> None:
    dtype, start = shapes.dtype(outer), shapes.shape(outer)
    if dtype is not None:
        inner.type = ir.TensorType(dtype)
    if start is None or inner.shape is not None:
        return
    inner.shape = ir.Shape(list(start))
    end = shapes.shape(result)
    if end is None or len(end) != len(start):
        inner.shape = None
    elif end != start:
        inner.shape = ir.Shape([a if a == b else None for a, b in zip(start, end, strict=True)])
        shapes.renew()
