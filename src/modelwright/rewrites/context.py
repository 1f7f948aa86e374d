"""What a rule sees of the model: constants, shapes, neighbours, and a builder that writes beside the node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.builder import SOURCE_KEY, Tensor
from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes, dims_of

SMALL_CONSTANT = 4096
"""Elements up to which constants are computed at once and may be copied; larger ones are lazy and never doubled."""


class RecordingBuilder(OpsetBuilder):
    """A builder that remembers the nodes it made since it was last asked."""

    def __init__(self, graph: ir.Graph, opset: int, *, names: NameScope, shapes: Shapes) -> None:
        super().__init__(graph, opset, names=names, shapes=shapes, constants=graph)
        self._emitted: list[ir.Node] = []

    def emit(
        self,
        op_type: str,
        inputs: Sequence[Tensor | None],
        attributes: dict[str, Any] | None = None,
        *,
        outputs: int = 1,
        domain: str = "",
    ) -> ir.Value | tuple[ir.Value, ...]:
        """Adds a node and remembers it."""
        result = super().emit(op_type, inputs, attributes, outputs=outputs, domain=domain)
        first = result if isinstance(result, ir.Value) else result[0]
        node = first.producer()
        if node is not None:
            self._emitted.append(node)
        return result

    def note(self, nodes: Sequence[ir.Node]) -> None:
        """Counts nodes that were moved among those that were made."""
        self._emitted.extend(nodes)

    def take_emitted(self) -> list[ir.Node]:
        """The nodes made since the last call."""
        emitted, self._emitted = self._emitted, []
        return emitted


class RewriteContext:
    """The model as rules see it.

    Attributes:
        root: The main graph.
        opset: Version of the default domain.
        shapes: Knowledge about values.
        names: The model's names.
    """

    def __init__(self, root: ir.Graph, opset: int) -> None:
        self.root = root
        self.opset = opset
        self.shapes = Shapes(opset)
        self.names = NameScope.of_graph(root)
        self.renew_builder()

    def renew_builder(self) -> None:
        """Forgets shared constants; to be called after initializers were removed from the graph."""
        self._builder = RecordingBuilder(self.root, self.opset, names=self.names, shapes=self.shapes)

    def before(self, node: ir.Node) -> RecordingBuilder:
        """A builder whose nodes go right before ``node`` and bear its source's name."""
        builder = self._builder
        if node.graph is not None:
            builder.graph = node.graph  # pyright: ignore[reportAttributeAccessIssue]  functions have no subgraphs here
        builder.before = node
        builder.origin = source_of(node)
        return builder

    def at_end_of(self, graph: ir.Graph) -> RecordingBuilder:
        """A builder that appends to ``graph``."""
        builder = self._builder
        builder.graph, builder.before, builder.origin = graph, None, ""
        return builder

    def note(self, nodes: Sequence[ir.Node]) -> None:
        """Counts nodes that were moved out of a subgraph among those that were made."""
        self._builder.note(nodes)

    def take_emitted(self) -> list[ir.Node]:
        """The nodes made since the last call."""
        return self._builder.take_emitted()

    def shape(self, value: ir.Value) -> tuple[Dim, ...] | None:
        """The value's dimensions, or None if its rank is unknown."""
        return self.shapes.shape(value)

    def rank(self, value: ir.Value) -> int | None:
        """The value's number of dimensions, or None."""
        if value.shape is not None:
            return len(value.shape)
        shape = self.shapes.shape(value)
        return None if shape is None else len(shape)

    @staticmethod
    def tensor(value: ir.Value | None) -> ir.TensorProtocol | None:
        """The tensor of an initializer that no caller can override, of any size; None otherwise."""
        if value is None or value.const_value is None or value.is_graph_input():
            return None
        return value.const_value

    def array(self, value: ir.Value | None) -> np.ndarray | None:
        """The array of a small initializer (up to ``SMALL_CONSTANT`` elements); None otherwise."""
        tensor = self.tensor(value)
        return tensor.numpy() if tensor is not None and tensor.size <= SMALL_CONSTANT else None

    def ints(self, value: ir.Value | None) -> list[int] | None:
        """A small integer tensor that is always the same, as a flat list; None otherwise."""
        if value is None:
            return None
        array = self.array(value)
        if array is None:
            array = self.shapes.constant(value) if value.producer() is not None else None
        return None if array is None or array.dtype.kind not in "iu" else [int(item) for item in array.reshape(-1)]

    def scalar(self, value: ir.Value | None) -> float | None:
        """The number in a constant of one element, of any rank; None otherwise."""
        tensor = self.tensor(value)
        if tensor is None or tensor.size != 1:
            return None
        array = tensor.numpy()
        return float(array.reshape(-1)[0]) if array.dtype.kind in "fiu" or array.dtype.name == "bfloat16" else None

    @staticmethod
    def producer(value: ir.Value | None, node: ir.Node, *op_types: str) -> ir.Node | None:
        """The node that makes ``value``, if it is one of ``op_types`` in the same graph as ``node``."""
        maker = value.producer() if value is not None else None
        if maker is None or maker.domain or maker.graph is not node.graph or maker.op_type not in op_types:
            return None
        return maker

    @staticmethod
    def only_used_here(value: ir.Value) -> bool:
        """Whether the value has one use and is not an output of a graph."""
        return len(value.uses()) == 1 and not value.is_graph_output()

    def replace(self, old: ir.Value, new: ir.Value) -> None:
        """Puts ``new`` in the place of ``old`` everywhere; names and types of graph outputs stay.

        A graph output that would become an input, a constant, an outer value or another output gets an Identity.
        """
        keep_type(old, new)
        if old.is_graph_output():
            node = old.producer()
            maker = new.producer()
            if node is not None and (maker is None or maker.graph is not node.graph or new.is_graph_output()):
                new = self.before(node).emit("Identity", [new])  # pyright: ignore[reportAssignmentType]
            name, declared, shape = old.name, old.type, old.shape
            old.replace_all_uses_with(new, replace_graph_outputs=True)
            old.name, new.name = None, name
            new.type, new.shape = declared or new.type, shape or new.shape
        else:
            old.replace_all_uses_with(new)

    @staticmethod
    def forwards(old: ir.Value, new: ir.Value) -> bool:
        """Whether ``old`` can be dropped in favour of ``new`` without an Identity taking its place."""
        if not old.is_graph_output():
            return True
        node, maker = old.producer(), new.producer()
        return maker is not None and node is not None and maker.graph is node.graph and not new.is_graph_output()


def keep_type(old: ir.Value, new: ir.Value) -> None:
    """Teaches ``new`` the dtype and the dimensions that ``old`` was known to have."""
    if new.type is None:
        new.type = old.type
    if old.shape is None:
        return
    if new.shape is None:
        new.shape = old.shape
        return
    mine, theirs = dims_of(new.shape) or (), dims_of(old.shape) or ()
    if len(mine) == len(theirs) and not new.is_graph_input() and new.const_value is None:
        merged = tuple(
            a if isinstance(a, int) or (a is not None and not isinstance(b, int)) else b
            for a, b in zip(mine, theirs, strict=True)
        )
        if merged != mine:
            new.shape = ir.Shape(merged)


def source_of(node: ir.Node) -> str:
    """The name of the source's layer that a node came from; its own name when unknown."""
    return node.meta.get(SOURCE_KEY) or node.name or ""
