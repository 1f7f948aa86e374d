"""Where tensors sit in a model, subgraphs and functions included, and how to put others in their place for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.attributes import tensor_in
from modelwright.hub.subgraphs import subgraphs_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorPlace:
    """A tensor of the model: an initializer's contents, or a node's tensor attribute.

    Attributes:
        tensor: What is there.
        value: The initializer, or None for an attribute.
        node: The node, or None for an initializer.
        attribute: The attribute, or None for an initializer.
        in_main_graph: Whether it is an initializer of the main graph.
    """

    tensor: ir.TensorProtocol
    value: ir.Value | None = None
    node: ir.Node | None = None
    attribute: ir.Attr | None = None
    in_main_graph: bool = False

    def put(self, tensor: ir.TensorProtocol) -> None:
        """Puts ``tensor`` there instead."""
        if self.value is not None:
            self.value.const_value = tensor
        elif self.node is not None and self.attribute is not None:
            name = self.attribute.name
            self.node.attributes[name] = ir.AttrTensor(name, tensor, doc_string=self.attribute.doc_string)

    def restore(self) -> None:
        """Puts back what was there."""
        if self.value is not None:
            self.value.const_value = self.tensor
        elif self.node is not None and self.attribute is not None:
            self.node.attributes[self.attribute.name] = self.attribute


def model_graphs(model: ir.Model) -> Iterator[ir.Graph | ir.Function]:
    """The main graph, the functions, and all their subgraphs, each before those inside it."""
    pending: list[ir.Graph | ir.Function] = [*reversed(model.functions.values()), model.graph]
    while pending:
        graph = pending.pop()
        yield graph
        for node in graph:
            pending.extend(subgraphs_of(node))


def tensor_places(model: ir.Model) -> list[TensorPlace]:
    """All initializers and single-tensor attributes, in a fixed order.

    Raises:
        InternalError: An initializer has no contents.
    """
    places: list[TensorPlace] = []
    for graph in model_graphs(model):
        if isinstance(graph, ir.Graph):
            places.extend(_initializers(graph, in_main_graph=graph is model.graph))
        for node in graph:
            places.extend(
                TensorPlace(tensor=tensor_in(attribute), node=node, attribute=attribute)
                for attribute in node.attributes.values()
                if attribute.type == ir.AttributeType.TENSOR and not attribute.is_ref()
            )
    return places


def _initializers(graph: ir.Graph, *, in_main_graph: bool) -> Iterator[TensorPlace]:
    for value in graph.initializers.values():
        if value.const_value is None:
            raise InternalError(f"initializer {value.name!r} has no contents")
        yield TensorPlace(tensor=value.const_value, value=value, in_main_graph=in_main_graph)


@contextlib.contextmanager
def standing_in(places: Sequence[TensorPlace], stand_ins: Sequence[ir.TensorProtocol]) -> Generator[None, None, None]:
    """Puts ``stand_ins`` in ``places`` while the block runs, and puts everything back after it."""
    try:
        for place, stand_in in zip(places, stand_ins, strict=True):
            place.put(stand_in)
        yield
    finally:
        for place in places:
            place.restore()
