"""A model in which every quantized layer reads what the float model makes, so that each layer's error stands alone."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

FLOAT_PREFIX: Final = "float."
"""Stands before the names of the float model's values."""


def side_by_side(floating: ir.Model, quantized: ir.Model) -> ir.Model:
    """The float model, and beside it the quantized layers, each fed by the float model.

    Args:
        floating: The float model.
        quantized: The same with Q/DQ nodes, its other values under their names.

    Returns:
        A model whose values have the quantized model's names, and those of the float model with `FLOAT_PREFIX`. Neither
        argument changes; weights are shared.
    """
    both = quantized.clone()
    copy = floating.clone()
    graph = both.graph
    inputs = {value.name: value for value in graph.inputs}
    twins = _joined(copy.graph, inputs)
    for value in twins.values():
        value.name = f"{FLOAT_PREFIX}{value.name}"
    moved = list(copy.graph)
    copy.graph.remove(moved)
    for node in moved:
        node.name = f"{FLOAT_PREFIX}{node.name}"
    _take_weights(copy.graph, graph)
    first = next(iter(graph), None)
    if first is not None:
        graph.insert_before(first, moved)
    _feed(graph, twins)
    return both


def _joined(copy: ir.Graph, inputs: dict[str | None, ir.Value]) -> dict[str, ir.Value]:
    """The float nodes read the inputs of the other graph; gives the values they make, by name."""
    for value in copy.inputs:
        if value.name in inputs:
            value.replace_all_uses_with(inputs[value.name], replace_graph_outputs=True)
    copy.outputs.clear()
    return {value.name: value for node in copy for value in node.outputs if value.name}


def _take_weights(copy: ir.Graph, graph: ir.Graph) -> None:
    values = list(copy.initializers.values())
    copy.initializers.clear()
    for value in values:
        if value.uses():
            value.name = f"{FLOAT_PREFIX}{value.name}"
            graph.register_initializer(value)


def _feed(graph: ir.Graph, twins: dict[str, ir.Value]) -> None:
    """Every QuantizeLinear reads the float model's value."""
    outputs = {value.name for value in graph.outputs}
    for node in list(graph):
        source = node.inputs[0] if node.op_type == "QuantizeLinear" and node.inputs else None
        if source is None or source.producer() is None:
            continue
        after = {user.outputs[0].name for user, _ in node.outputs[0].uses()}
        names = [*(name for name in after if name in outputs), source.name]
        twin = next((twins[name] for name in names if name in twins), None)
        if twin is not None:
            node.replace_input_with(0, twin)
