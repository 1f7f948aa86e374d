"""The last changes to a graph of TFLite operators: activations fused into what makes their input."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.backends.tflite.quantized import quantization_of
from modelwright.hub.subgraphs import subgraphs_of

_FUSING: Final = frozenset(
    "CONV_2D DEPTHWISE_CONV_2D CONV_3D FULLY_CONNECTED ADD SUB MUL DIV MAX_POOL_2D AVERAGE_POOL_2D".split()
)
_ACTIVATIONS: Final = {"RELU": "RELU", "RELU6": "RELU6"}


def finish_graph(graph: ir.Graph) -> None:
    """Fuses activations, removes nodes that nothing uses, here and in the bodies."""
    for node in list(graph):
        for body in subgraphs_of(node):
            finish_graph(body)
        _fuse(node)
    remove_unused(graph)


def _fuse(node: ir.Node) -> None:
    activation = _ACTIVATIONS.get(node.op_type)
    data = node.inputs[0] if node.inputs else None
    maker = None if data is None else data.producer()
    if activation is None or data is None or maker is None or maker.op_type not in _FUSING:
        return
    if maker.graph is not node.graph or len(data.uses()) != 1 or data.is_graph_output():
        return
    if "fused_activation_function" in maker.attributes or data.dtype is not ir.DataType.FLOAT or quantization_of(data):
        return
    maker.attributes["fused_activation_function"] = ir.AttrString("fused_activation_function", activation)
    old, name = node.outputs[0], node.outputs[0].name
    data.type, data.shape = old.type, old.shape
    old.replace_all_uses_with(data, replace_graph_outputs=True)
    old.name, data.name = None, name
    graph = node.graph
    if graph is not None:
        graph.remove(node, safe=True)


def remove_unused(graph: ir.Graph) -> None:
    """Removes nodes whose results nothing uses."""
    for node in reversed(list(graph)):
        if not any(value.uses() or value.is_graph_output() for value in node.outputs):
            graph.remove(node, safe=True)
