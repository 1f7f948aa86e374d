"""Declared shapes made unknown, so that they can be inferred anew or left to the runtime."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.io_places import model_graphs
from modelwright.hub.subgraphs import all_nodes


def open_shapes(model: ir.Model, *, inputs: bool) -> None:
    """Makes every dimension of every computed value unknown, in place; ranks stay.

    Values inside functions lose their shapes: each call may give them others.

    Args:
        model: The model.
        inputs: Whether the inputs' dimensions are opened too. Those of inputs with a default value stay.
    """
    for graph in model_graphs(model):
        if isinstance(graph, ir.Function):
            for node in all_nodes(graph):
                for value in node.outputs:
                    value.shape = None
            continue
        values = [value for node in graph for value in node.outputs]
        if inputs or graph is not model.graph:
            values += [value for value in graph.inputs if value.const_value is None]
        for value in values:
            if value.shape is not None:
                value.shape = ir.Shape([None] * len(value.shape))
