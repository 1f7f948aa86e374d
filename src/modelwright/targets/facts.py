"""What rules may ask about a model: its nodes in network order, dtypes, shapes, constants, and names to show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim, TensorSpec
from modelwright.hub.builder import SOURCE_KEY
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import Shapes, dims_of
from modelwright.hub.subgraphs import all_nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """A node with what it is called.

    Attributes:
        node: The node.
        name: The layer's name in the source if it had another format than ONNX, else the node's; an unnamed node goes
            by its first output.
        type: Operator, with its domain unless that is the default one: ``Conv``, ``com.microsoft:Gelu``.
        opset: Version imported of the node's domain; 0 when it is not imported.
        inner: Whether it stands in the body of a control-flow node.
    """

    node: ir.Node
    name: str
    type: str
    opset: int
    inner: bool

    def attribute(self, name: str, default: Any = None) -> Any:
        """The value of an attribute, or ``default`` when the node does not have it."""
        found = self.node.attributes.get(name)
        return default if found is None or found.is_ref() else found.value


class ModelFacts:
    """A model to be checked.

    Attributes:
        model: The model in the hub; it is completed by inferred dtypes and shapes, but not changed.
        path: The model's path as the user gave it.
        source: Family of its format: ``onnx``, ``tensorflow``, ``tflite``, ``caffe``, ...
        remarks: What the import had to say.
        opset: Version of the default domain.
        nodes: Nodes in network order, each body after the node that owns it.
    """

    def __init__(self, model: ir.Model, *, path: str, source: str, remarks: tuple[str, ...] = ()) -> None:
        self.model = model
        self.path = path
        self.source = source
        self.remarks = remarks
        self.opset = model.graph.opset_imports.get("", 0)
        self.shapes = Shapes(self.opset)
        self.nodes: tuple[NodeFacts, ...] = tuple(self._describe(node) for node in _in_order(model.graph))
        self._by_name: dict[str, NodeFacts] = {}
        for node in self.nodes:
            self._by_name.setdefault(node.node.name or "", node)

    def _describe(self, node: ir.Node) -> NodeFacts:
        outputs = [value.name for value in node.outputs if value.name]
        named = node.name or (outputs[0] if outputs else node.op_type)
        return NodeFacts(
            node=node,
            name=str(node.meta.get(SOURCE_KEY) or named),
            type=operator_type(node),
            opset=self.model.graph.opset_imports.get(node.domain, 0),
            inner=node.graph is not self.model.graph,
        )

    def first_of_name(self, node: NodeFacts) -> NodeFacts | None:
        """The first node that has this node's own name, perhaps itself; None for a node without a name."""
        return self._by_name[node.node.name] if node.node.name else None

    def inputs(self) -> tuple[TensorSpec, ...]:
        """The model's inputs that have no value of their own."""
        return tuple(
            TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape))
            for value in self.model.graph.inputs
            if value.const_value is None
        )

    def dtype(self, value: ir.Value) -> str:
        """The element type's name; ``unknown`` when it cannot be inferred."""
        return dtype_name(self.shapes.dtype(value))

    def shape(self, value: ir.Value) -> tuple[Dim, ...] | None:
        """The dimensions, or None when even the rank cannot be inferred."""
        return self.shapes.shape(value)

    def rank(self, value: ir.Value) -> int | None:
        """The number of dimensions, or None."""
        shape = self.shape(value)
        return None if shape is None else len(shape)

    def constant(self, value: ir.Value) -> np.ndarray | None:
        """The array a value always holds, or None. Only small tensors are read."""
        tensor = value.const_value
        if tensor is not None and tensor.size > 1024:
            return None
        return self.shapes.constant(value)

    def tensors(self, node: NodeFacts) -> Iterator[ir.Value]:
        """Inputs and outputs of a node, without those left out and those of weights."""
        for value in (*node.node.inputs, *node.node.outputs):
            if value is not None and not is_weight(value) and (value.name or value.producer() is None):
                yield value

    @property
    def stem(self) -> str:
        """The path without the model's suffix, for names of further files."""
        root, suffix = os.path.splitext(self.path.rstrip("/"))  # noqa: PTH122  the text is shown, not opened
        return root if suffix else self.path.rstrip("/")


def is_weight(value: ir.Value) -> bool:
    """Whether a value is an initializer or comes from a Constant node."""
    if value.const_value is not None and not value.is_graph_input():
        return True
    producer = value.producer()
    return producer is not None and producer.op_type == "Constant" and producer.domain == ""


def operator_type(node: ir.Node) -> str:
    """``Conv`` or ``domain:Operator``."""
    return f"{node.domain}:{node.op_type}" if node.domain else node.op_type


def _in_order(graph: ir.Graph) -> Iterator[ir.Node]:
    yield from all_nodes(graph)
