"""Subgraphs of control flow as TFLite has them: closed, with everything that they use among their inputs."""

from __future__ import annotations

from collections.abc import Iterable

import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.variables import is_variable
from modelwright.hub.shapes import dims_of
from modelwright.hub.subgraphs import all_graphs, all_nodes


def captured(bodies: Iterable[ir.Graph]) -> list[ir.Value]:
    """Values of graphs around that the bodies use, each once, in the order of use; constants are not among them."""
    found: dict[ir.Value, None] = {}
    for body in bodies:
        graphs, nodes = list(all_graphs(body)), list(all_nodes(body))
        own = {value for graph in graphs for value in graph.inputs}
        own.update(value for node in nodes for value in node.outputs)
        used = [value for node in nodes for value in node.inputs if value is not None]
        for value in (*used, *(output for graph in graphs for output in graph.outputs)):
            if value not in own and not is_constant(value) and not is_variable(value):
                found.setdefault(value)
    return list(found)


def is_constant(value: ir.Value) -> bool:
    """Whether a value is a constant, which every graph may have for itself."""
    return value.const_value is not None and not value.is_graph_input()


def twin(op: LiteBuilder, value: ir.Value, *, shape: ir.Shape | None = None) -> ir.Value:
    """An input of a body that stands for a value outside."""
    wish = f"{value.name}/inner"
    return ir.Value(name=op.names.unique(wish), type=value.type, shape=value.shape if shape is None else shape)


def use_twins(body: ir.Graph, twins: dict[ir.Value, ir.Value]) -> None:
    """Lets a body and the bodies in it use its own inputs in the place of values outside."""
    for node in all_nodes(body):
        for place, value in enumerate(node.inputs):
            if value is not None and value in twins:
                node.replace_input_with(place, twins[value])
    for graph in all_graphs(body):
        for place, value in enumerate(list(graph.outputs)):
            if value in twins:
                graph.outputs[place] = twins[value]


def inside(op: LiteBuilder, body: ir.Graph) -> LiteBuilder:
    """A builder that appends to a body."""
    inner = LiteBuilder(body, op.opset, names=op.names, shapes=op.shapes, constants=op.constants)
    inner.node, inner.border, inner.origin = op.node, op.border, op.origin
    return inner


def own_tensors(op: LiteBuilder, values: Iterable[ir.Value], *, inputs_too: bool) -> list[ir.Value]:
    """Results that are tensors of their own: constants and repeated ones are copied, inputs where that is asked."""
    seen: set[ir.Value] = set()
    found: list[ir.Value] = []
    for value in values:
        copied = value in seen or is_constant(value) or (inputs_too and value.producer() is None)
        made = op.first(op.emit("BITCAST", [value], {"dtype": op.dtype(value)})) if copied else value
        seen.add(made)
        found.append(made)
    return found


def dims(value: ir.Value) -> tuple[int | str | None, ...] | None:
    """The dimensions of a value as it knows them."""
    return dims_of(value.shape)
