"""A narrowed graph in float32 that rounds where the narrow one does, for runtimes without kernels for the narrow dtype.

Products are added up in float32 by the chips that compute in bfloat16, too.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes

_DTYPE_ATTRIBUTES = ("to", "dtype", "output_datatype", "stash_type")


def emulate(model: ir.Model, dtype: ir.DataType) -> None:
    """Makes every value of ``dtype`` a float32 one that is rounded to it; inputs and outputs become float32.

    Args:
        model: Changed in place; nodes in subgraphs stay as they are.
        dtype: The narrow dtype.
    """
    graph = model.graph
    shapes, names = Shapes(graph.opset_imports.get("", 0)), NameScope.of_graph(graph)
    found = [value for node in graph for value in node.outputs if shapes.dtype(value) == dtype]
    found += [value for value in graph.inputs if value.dtype == dtype]
    _widen_weights(graph, dtype)
    for node in graph:
        for name in _DTYPE_ATTRIBUTES:
            if name in node.attributes and node.attributes[name].value == dtype:
                node.attributes[name] = ir.AttrInt64(name, ir.DataType.FLOAT)
    for value in found:
        value.type = ir.TensorType(ir.DataType.FLOAT)
        _round(graph, value, dtype, names)


def _widen_weights(graph: ir.Graph, dtype: ir.DataType) -> None:
    for value in graph.initializers.values():
        tensor = value.const_value
        if tensor is not None and tensor.dtype == dtype:
            value.const_value = ir.tensor(tensor.numpy().astype(np.float32), name=value.name)
            value.type = ir.TensorType(ir.DataType.FLOAT)


def _round(graph: ir.Graph, value: ir.Value, dtype: ir.DataType, names: NameScope) -> None:
    """Puts a Cast to the narrow dtype and one back behind a value, for all that use it."""
    uses, is_output = list(value.uses()), value.is_graph_output()
    narrow = _cast(value, dtype, names)
    wide = _cast(narrow.outputs[0], ir.DataType.FLOAT, names)
    maker = value.producer()
    if maker is not None:
        graph.insert_after(maker, [narrow, wide])
    elif len(graph):
        graph.insert_before(graph[0], [narrow, wide])
    result = wide.outputs[0]
    for node, place in uses:
        node.replace_input_with(place, result)
    if is_output and maker is not None:
        result.name, value.name = value.name, names.unique(f"{value.name}/exact")
        graph.outputs[:] = [result if item is value else item for item in graph.outputs]


def _cast(value: ir.Value, dtype: ir.DataType, names: NameScope) -> ir.Node:
    name = names.unique(f"{value.name}/rounded")
    node = ir.Node("", "Cast", [value], [ir.AttrInt64("to", dtype)], name=name)
    result = node.outputs[0]
    result.name, result.type, result.shape = names.unique(f"{name}:0"), ir.TensorType(dtype), value.shape
    return node
