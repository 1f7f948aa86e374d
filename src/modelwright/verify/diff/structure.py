"""What a node computes from, and what is computed from it, as numbers that are equal for equal structure.

The identity of a value from the inputs down covers the operators, attributes, dtypes and shapes of weights, and the
contents of small ones, of everything it is computed from; from the outputs up, of everything that is computed from it.
Names play no part. Constant nodes count as weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.attribute_values import attribute_data
from modelwright.hub.dtypes import dtype_name

_SMALL: Final = 4096
"""Bytes up to which the contents of a weight count as structure."""


@dataclass(slots=True)
class Interner:
    """Numbers keys, equal ones alike; shared by the two models that are compared."""

    numbers: dict[object, int] = field(default_factory=dict[object, int])

    def __call__(self, *key: object) -> int:
        """The number of a key."""
        return self.numbers.setdefault(key, len(self.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphView:
    """One graph, main or inner, as the comparison sees it.

    Attributes:
        nodes: Its nodes without Constants, in order.
        weights: Initializers and outputs of Constant nodes, with their tensors.
        inputs: Its inputs that have no initializer.
        outputs: Its outputs.
        opsets: Domain to version.
    """

    nodes: tuple[ir.Node, ...]
    weights: Mapping[ir.Value, ir.TensorProtocol]
    inputs: tuple[ir.Value, ...]
    outputs: tuple[ir.Value, ...]
    opsets: Mapping[str, int]


def view_graph(graph: ir.Graph | ir.Function, opsets: Mapping[str, int]) -> GraphView:
    """The view of a graph; ``opsets`` are the model's."""
    weights: dict[ir.Value, ir.TensorProtocol] = {}
    if isinstance(graph, ir.Graph):
        weights = {value: value.const_value for value in graph.initializers.values() if value.const_value is not None}
    nodes: list[ir.Node] = []
    for node in graph:
        tensor = constant_tensor(node)
        if tensor is None:
            nodes.append(node)
        else:
            weights[node.outputs[0]] = tensor
    return GraphView(
        nodes=tuple(nodes),
        weights=weights,
        inputs=tuple(value for value in graph.inputs if value not in weights),
        outputs=tuple(graph.outputs),
        opsets=opsets,
    )


def constant_tensor(node: ir.Node) -> ir.TensorProtocol | None:
    """What a Constant node holds; None for other nodes and for sparse contents."""
    if node.op_type != "Constant" or node.domain not in ("", "ai.onnx") or len(node.attributes) != 1:
        return None
    attribute = next(iter(node.attributes.values()))
    if attribute.is_ref():
        return None
    match attribute.name:
        case "value":
            return attribute.as_tensor()
        case "value_int" | "value_ints":
            return ir.Tensor(np.asarray(attribute.value, np.int64))
        case "value_float" | "value_floats":
            return ir.Tensor(np.asarray(attribute.value, np.float32))
        case "value_string":
            return ir.StringTensor([_bytes(attribute.value)], shape=ir.Shape([]))
        case "value_strings":
            texts = [_bytes(item) for item in attribute.value]
            return ir.StringTensor(texts, shape=ir.Shape([len(texts)]))
        case _:
            return None


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()


def subgraphs(node: ir.Node) -> Iterator[tuple[str, ir.Graph]]:
    """The graphs in a node's attributes, by attribute name (``body``, ``graphs[1]``)."""
    for name, attribute in sorted(node.attributes.items()):
        if attribute.is_ref():
            continue
        if attribute.type is ir.AttributeType.GRAPH:
            yield name, attribute.as_graph()
        elif attribute.type is ir.AttributeType.GRAPHS:
            yield from ((f"{name}[{index}]", graph) for index, graph in enumerate(attribute.as_graphs()))


def weight_key(tensor: ir.TensorProtocol, *, contents: bool) -> tuple[object, ...]:
    """Dtype and shape of a weight, and the contents of a small one if they shall count."""
    sizes = tuple(int(size) for size in tensor.shape.numpy())
    if not contents or (tensor.dtype is not ir.DataType.STRING and tensor.nbytes > _SMALL):
        return (tensor.dtype, sizes)
    array = tensor.numpy()
    data = tuple(map(str, array.reshape(-1).tolist())) if array.dtype.kind in "OSU" else array.tobytes()
    return (tensor.dtype, sizes, data)


def node_key(node: ir.Node, opsets: Mapping[str, int], *, contents: bool = True) -> tuple[object, ...]:
    """Operator and attributes, tensors and graphs in them included; what a node is apart from its inputs."""
    data = attribute_data(node, opsets.get(node.domain, 0))
    plain = tuple(sorted((name, repr(value)) for name, value in data.items()))
    tensors = tuple(
        (name, weight_key(attribute.as_tensor(), contents=contents))
        for name, attribute in sorted(node.attributes.items())
        if attribute.type is ir.AttributeType.TENSOR and not attribute.is_ref()
    )
    bodies = tuple((name, _graph_key(graph, opsets, contents=contents)) for name, graph in subgraphs(node))
    return (node.domain, node.op_type, node.overload, plain, tensors, bodies)


def _graph_key(graph: ir.Graph, opsets: Mapping[str, int], *, contents: bool) -> tuple[object, ...]:
    """An inner graph without its own names; values of outer graphs go by name."""
    view = view_graph(graph, opsets)
    labels: dict[ir.Value, object] = {value: ("in", place) for place, value in enumerate(graph.inputs)}
    labels |= {value: weight_key(tensor, contents=contents) for value, tensor in view.weights.items()}
    nodes: list[object] = []
    for place, node in enumerate(view.nodes):
        inputs = tuple(None if value is None else labels.get(value, value.name) for value in node.inputs)
        labels |= {value: (place, index) for index, value in enumerate(node.outputs)}
        nodes.append((node_key(node, opsets, contents=contents), inputs))
    return (tuple(nodes), tuple(labels.get(value, value.name) for value in view.outputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Numbers of one graph's nodes.

    Attributes:
        own: Operator, attributes and the weights among the inputs.
        down: Everything the node is computed from, itself included.
        up: Everything that is computed from it, itself included.
    """

    own: Mapping[ir.Node, int]
    down: Mapping[ir.Node, int]
    up: Mapping[ir.Node, int]


def identify(
    view: GraphView,
    number: Interner,
    *,
    ends: Mapping[ir.Value, object],
    contents: bool,
) -> Identities:
    """The identities of a graph's nodes.

    Args:
        view: The graph.
        number: Shared by both graphs.
        ends: Labels of graph inputs, outer values and graph outputs that both graphs have.
        contents: Whether the contents of small weights count.
    """
    weights = {value: number("w", weight_key(item, contents=contents)) for value, item in view.weights.items()}
    own: dict[ir.Node, int] = {}
    down: dict[ir.Node, int] = {}
    known: dict[ir.Value, int] = dict(weights)
    for node in view.nodes:
        fixed = tuple((place, weights[value]) for place, value in enumerate(node.inputs) if value in weights)
        own[node] = number("n", node_key(node, view.opsets, contents=contents), fixed, len(node.outputs))
        inputs = tuple(_label(value, known, ends, number) for value in node.inputs)
        down[node] = number("d", own[node], inputs)
        known |= {value: number("v", down[node], index) for index, value in enumerate(node.outputs)}
    return Identities(own=own, down=down, up=_upwards(view.nodes, own, ends, number))


def _label(
    value: ir.Value | None, known: Mapping[ir.Value, int], ends: Mapping[ir.Value, object], number: Interner
) -> int:
    if value is None:
        return number("absent")
    return known[value] if value in known else number("end", ends.get(value, ("name", value.name)))


def _upwards(
    nodes: Sequence[ir.Node], own: Mapping[ir.Node, int], ends: Mapping[ir.Value, object], number: Interner
) -> dict[ir.Node, int]:
    up: dict[ir.Node, int] = {}
    for node in reversed(nodes):
        uses: list[tuple[int, ...]] = []
        for index, value in enumerate(node.outputs):
            if value in ends:
                uses.append((index, number("end", ends[value])))
            uses.extend((index, up[use.node], use.idx) for use in value.uses() if use.node in up)
        up[node] = number("u", own[node], tuple(sorted(uses)))
    return up


def describe_weight(tensor: ir.TensorProtocol) -> str:
    """``float32[64, 3, 7, 7]``."""
    return f"{dtype_name(tensor.dtype)}{[int(size) for size in tensor.shape.numpy()]}"
