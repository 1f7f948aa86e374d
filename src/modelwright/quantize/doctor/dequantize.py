"""Makes a quantized model a float model again."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir


def dequantize(model: ir.Model) -> int:
    """Makes a model with QuantizeLinear and DequantizeLinear nodes a float model again, in place.

    A pair around an activation goes; of a weight, the integers become the floats that they stand for.

    Args:
        model: The model.

    Returns:
        How many nodes are gone.
    """
    gone = 0
    for node in list(model.graph):
        if node.op_type == "DequantizeLinear" and _replace(model.graph, node):
            gone += 1
    for node in list(model.graph):
        if node.op_type == "QuantizeLinear" and not node.outputs[0].uses() and not node.outputs[0].is_graph_output():
            model.graph.remove(node, safe=True)
            gone += 1
    return gone


def _replace(graph: ir.Graph, node: ir.Node) -> bool:
    source = node.inputs[0]
    rounding = source.producer() if source is not None else None
    if source is None:
        return False
    if rounding is not None:
        floats = rounding.inputs[0] if rounding.op_type == "QuantizeLinear" else None
    else:
        floats = _weight(graph, node)
    if floats is None:
        return False
    output = node.outputs[0]
    name = output.name
    output.replace_all_uses_with(floats, replace_graph_outputs=True)
    graph.remove(node, safe=True)
    if floats.is_graph_output() and not floats.is_graph_input() and name:
        floats.name = name
    return True


def _weight(graph: ir.Graph, node: ir.Node) -> ir.Value | None:
    """The floats that a DequantizeLinear makes of constants, as an initializer under its output's name."""
    tensors = [value.const_value if value is not None else None for value in node.inputs]
    if tensors[0] is None or tensors[1] is None or (len(tensors) > 2 and node.inputs[2] is not None and not tensors[2]):
        return None
    axis = node.attributes.get("axis")
    floats = _floats(
        tensors[0].numpy(),
        tensors[1].numpy(),
        tensors[2].numpy() if len(tensors) > 2 and tensors[2] is not None else None,
        1 if axis is None else axis.as_int(),
    )
    if floats is None:
        return None
    tensor = ir.Tensor(floats)
    name = f"{node.inputs[0].name if node.inputs[0] else ''}.float"
    value = ir.Value(name=name, type=ir.TensorType(tensor.dtype), shape=ir.Shape(floats.shape), const_value=tensor)
    graph.register_initializer(value)
    return value


def _floats(integers: np.ndarray, scale: np.ndarray, zero: np.ndarray | None, axis: int) -> np.ndarray | None:
    """``(q - zero_point) * scale``, with one scale or one for each index of an axis; None for blocks."""
    if scale.size > 1 and scale.ndim > 1:
        return None
    shape = [1] * integers.ndim
    if scale.size > 1:
        shape[axis] = scale.size
    wide = integers.astype(np.float32)
    if zero is not None:
        wide -= zero.astype(np.float32).reshape(shape)
    return (wide * scale.astype(np.float32).reshape(shape)).astype(np.float32)
