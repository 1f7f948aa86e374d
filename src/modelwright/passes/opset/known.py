"""Small tensors that are the same in every run although nodes compute them: axes, sizes, counts made of constants."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.shapes import Shapes
from modelwright.hub.subgraphs import subgraphs_of
from modelwright.passes.evaluation import evaluate_nodes

_SMALL = 4096
_DEEPEST = 64
_RANDOM = frozenset(
    "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli Dropout".split()
)


def evaluate(value: ir.Value, shapes: Shapes, depth: int = 0) -> np.ndarray | None:
    """The array that a value always holds, by running the nodes that make it; None if something varies or is large."""
    found = shapes.constant(value)
    if found is not None:
        return found if found.size <= _SMALL else None
    node = value.producer()
    if node is None or node.domain or node.op_type in _RANDOM or depth > _DEEPEST or subgraphs_of(node):
        return None
    arrays: list[np.ndarray | None] = []
    for source in node.inputs:
        array = None if source is None else evaluate(source, shapes, depth + 1)
        if source is not None and array is None:
            return None
        arrays.append(array)
    return _run(node, arrays, value.index() or 0, shapes.opset)


def _run(node: ir.Node, arrays: list[np.ndarray | None], index: int, opset: int) -> np.ndarray | None:
    """One node on arrays, at its own opset."""
    inputs = [None if array is None else _constant(array, place) for place, array in enumerate(arrays)]
    twin = ir.Node("", node.op_type, inputs, list(node.attributes.values()), num_outputs=len(node.outputs))
    for place, output in enumerate(twin.outputs):
        output.name = f"o{place}"
    results = evaluate_nodes([twin], [twin.outputs[index]], node.version or opset)
    return None if results is None or results[0].size > _SMALL else results[0]


def _constant(array: np.ndarray, place: int) -> ir.Value:
    tensor = ir.Tensor(array, name=f"i{place}")
    return ir.Value(name=tensor.name, type=ir.TensorType(tensor.dtype), shape=ir.Shape(array.shape), const_value=tensor)
