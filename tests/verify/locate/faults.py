"""Puts one fault into a network: a wrong weight or a wrong attribute, at a random place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was done.

    Attributes:
        nodes: Names of the nodes that compute something else now; several when they share the weight.
        what: The kind of fault.
    """

    nodes: tuple[str, ...]
    what: str


def name_nodes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Gives every node of the main graph a name of its own."""
    seen: set[str] = set()
    for place, node in enumerate(model.graph.node):
        if not node.name or node.name in seen:
            node.name = f"{node.op_type}#{place}"
        seen.add(node.name)
    return model


def inject(model: onnx.ModelProto, rng: np.random.Generator) -> Fault | None:
    """Changes ``model`` at a random place; None if nothing can be done at the node that was drawn.

    Half of the faults are wrong weights and half are wrong attributes, as far as the node has both.
    """
    weights = {item.name: item for item in model.graph.initializer}
    places = [node for node in model.graph.node if _floats(node, weights) or _changeable(node)]
    node = places[rng.integers(len(places))]
    attributes, floats = _changeable(node), _floats(node, weights)
    if attributes and (not floats or rng.random() < 0.5):
        return _wrong_attribute(node, attributes[rng.integers(len(attributes))], rng)
    return _wrong_weight(model, weights[floats[rng.integers(len(floats))]], rng)


def _floats(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> list[str]:
    if node.op_type == "Resize":
        return []
    return [
        name
        for name in node.input
        if name in weights and weights[name].data_type == onnx.TensorProto.FLOAT and np.prod(weights[name].dims) > 0
    ]


def _wrong_weight(model: onnx.ModelProto, tensor: onnx.TensorProto, rng: np.random.Generator) -> Fault | None:
    array = numpy_helper.to_array(tensor).copy()
    kind = _WEIGHTS[rng.integers(len(_WEIGHTS))]
    wrong = kind(array, rng)
    if wrong is None or np.array_equal(wrong, array):
        return None
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(wrong), tensor.name))
    users = tuple(node.name for node in model.graph.node if tensor.name in node.input)
    return Fault(nodes=users, what=kind.__name__.strip("_").replace("_", " "))


def _one_element(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    wrong = array.copy()
    scale = max(float(np.abs(array).std()), float(np.abs(array).mean()), 1e-3)
    wrong.flat[rng.integers(array.size)] += rng.choice([-1, 1]) * rng.uniform(2, 5) * scale
    return wrong


def _one_channel(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    wrong = array.copy()
    if array.ndim == 0:
        return wrong * np.float32(1.2)
    wrong[rng.integers(array.shape[0])] *= np.float32(rng.uniform(1.1, 2))
    return wrong


def _all_scaled(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return array * np.float32(rng.choice([0.9, 1.05, -1]))


def _two_swapped(array: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    if array.ndim == 0 or array.shape[0] < 2:
        return None
    first, second = rng.choice(array.shape[0], 2, replace=False)
    wrong = array.copy()
    wrong[[first, second]] = array[[second, first]]
    return wrong


def _transposed(array: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    del rng
    if array.ndim < 2:
        return None
    if array.shape[-1] == array.shape[-2] > 1:
        return array.swapaxes(-1, -2)
    return array.swapaxes(0, 1) if array.shape[0] == array.shape[1] > 1 else None


def _half_precision(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    del rng
    return array.astype(np.float16).astype(np.float32)


_WEIGHTS = (_one_element, _one_element, _one_channel, _all_scaled, _two_swapped, _transposed, _half_precision)


def _changeable(node: onnx.NodeProto) -> list[onnx.AttributeProto]:
    return [item for item in node.attribute if _other_value(node, item, np.random.default_rng(0)) is not None]


def _wrong_attribute(node: onnx.NodeProto, item: onnx.AttributeProto, rng: np.random.Generator) -> Fault:
    value = _other_value(node, item, rng)
    made = onnx.helper.make_attribute(item.name, value)
    item.CopyFrom(made)
    return Fault(nodes=(node.name,), what=f"{node.op_type}.{item.name}")


def _other_value(node: onnx.NodeProto, item: onnx.AttributeProto, rng: np.random.Generator) -> Any:
    """Another value that keeps the shapes, or None."""
    value = onnx.helper.get_attribute_value(item)
    match item.name:
        case "alpha" | "beta" | "gamma" if node.op_type != "Gemm" or item.name != "beta" or len(node.input) > 2:
            return float(value) * float(rng.uniform(1.05, 1.5)) + 0.01
        case "epsilon":
            return float(value) * 50
        case "pads" if len(value) == 4 and value[0] > 0 and node.op_type in ("Conv", "AveragePool", "MaxPool"):
            return [value[0] - 1, value[1], value[2] + 1, value[3]]
        case "count_include_pad" | "linear_before_reset":
            return 1 - value
        case "axis" if node.op_type in ("Softmax", "LogSoftmax"):
            return 0 if value else 1
        case "mode" if node.op_type == "Resize":
            return "nearest"
        case "coordinate_transformation_mode":
            return "align_corners" if value != b"align_corners" else "asymmetric"
        case _:
            return None
