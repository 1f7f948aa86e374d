"""Brings a model of the hub to TFLite's operators, in place, or says of every node that cannot be why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.emission import Border
from modelwright.backends.tflite.operators import is_known, lite_operators, window_operators
from modelwright.backends.tflite.stored import settle_stored
from modelwright.backends.tflite.vocabulary import DOMAIN
from modelwright.diagnostics import Refusal
from modelwright.errors import ConversionError, UnsupportedError
from modelwright.hub.function_bodies import expand_by_standard
from modelwright.hub.names import NameScope
from modelwright.hub.order import ensure_sorted
from modelwright.hub.shapes import Shapes
from modelwright.hub.subgraphs import all_graphs
from modelwright.passes.bodies import learn_bodies
from modelwright.registry import Operator, OperatorRegistry
from modelwright.rewrites.context import keep_type, source_of


@dataclass(slots=True, kw_only=True)
class Legalizer:
    """The conversion of one model.

    Attributes:
        root: The main graph.
        opset: Version of the default domain.
        refusals: Nodes that could not be written so far.
        border: Knowledge about the whole model.
    """

    root: ir.Graph
    opset: int
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    border: Border = field(default_factory=Border)
    names: NameScope = field(init=False)
    shapes: Shapes = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Learns anew what there is, after others changed the model."""
        self.names = NameScope.of_graph(self.root)
        self.shapes = Shapes(self.opset)

    def expand(self) -> int:
        """Replaces operators that have no converter, but a definition by simpler ones; returns how many."""
        return sum(self._expand(node) for graph in all_graphs(self.root) for node in list(graph))

    def _expand(self, node: ir.Node) -> int:
        learn_bodies(node, self.shapes)
        if node.domain or is_known(node.op_type) or node.graph is None:
            return 0
        for value in (*node.inputs, *node.outputs):
            if value is not None:
                self.shapes.shape(value)
        body = expand_by_standard(node, self.opset, self.names)
        if body is None:
            return 0
        nodes, results, _ = body
        for item in nodes:
            item.meta["source"] = source_of(node)
        node.graph.insert_before(node, nodes)
        for old, new in zip(node.outputs, results, strict=False):
            if new is not None:
                self._replace(node, old, new)
        node.graph.remove(node, safe=True)
        return 1 + sum(self._expand(item) for item in nodes)

    def windows(self) -> None:
        """Converts operators that TFLite has with channels last, between Transposes."""
        for _ in range(2):  # what was taken apart in the first walk is converted in the second
            settle_stored(self.root, self._fresh)
            for graph in all_graphs(self.root):
                self._walk(graph, window_operators(), final=False)

    def _fresh(self, tensor: ir.TensorProtocol, name: str) -> ir.Value:
        return LiteBuilder(self.root, self.opset, names=self.names, shapes=self.shapes).initializer(tensor, name=name)

    def rest(self) -> None:
        """Converts all that is left."""
        self.border.convert_body = lambda graph: self._walk(graph, lite_operators(), final=True)
        self._walk(self.root, lite_operators(), final=True)
        for value in self.root.outputs:
            if 0 in (self.shapes.shape(value) or ()):
                self.refusals.append(
                    Refusal(op_type="output", node=value.name or "", reason="LiteRT gives no outputs without elements")
                )

    def finish(self) -> None:
        """Raises what was found.

        Raises:
            UnsupportedError: Some nodes cannot be written; all of them are listed.
        """
        if not self.refusals:
            return
        found = list(dict.fromkeys(self.refusals))
        what = "1 node" if len(found) == 1 else f"{len(found)} nodes"
        raise UnsupportedError(
            f"{what} cannot be written as TFLite's built-in operators",
            hint="`modelwright check --target tflite` shows the whole model",
            node=found[0].node,
            items=[str(item) for item in found],
            nodes=[(item.op_type, item.node) for item in found],
        )

    def _walk(self, graph: ir.Graph, registry: OperatorRegistry, *, final: bool) -> None:
        ensure_sorted(graph)
        for node in list(graph):
            if node.domain == DOMAIN or node.graph is None:
                continue
            try:
                self._convert(node, registry, final=final)
            except ConversionError as error:
                self._refuse(node, error.message, error.hint)

    def _refuse(self, node: ir.Node, reason: str, hint: str = "") -> None:
        op_type = node.op_type if not node.domain else f"{node.domain}.{node.op_type}"
        self.refusals.append(Refusal(op_type=op_type, node=source_of(node), reason=reason, hint=hint))

    def _convert(self, node: ir.Node, registry: OperatorRegistry, *, final: bool) -> None:
        operator = registry.find(node.op_type) if not node.domain else None
        if operator is not None:
            for value in (*node.inputs, *node.outputs):
                if value is not None:
                    self.shapes.shape(value)
            if self._hangs_on_a_refusal(node):
                return
        results = None if operator is None else self._call(operator, node)
        if results is not None:
            self._install(node, results)
        elif final:
            self._no_converter(node)

    def _install(self, node: ir.Node, results: tuple[ir.Value, ...]) -> None:
        for old, new in zip(node.outputs, results, strict=False):
            self._replace(node, old, new)
        left = [value.name for value in node.outputs[len(results) :] if value.uses() or value.is_graph_output()]
        if left:
            raise ConversionError(f"the output {left[0]!r} is not computed by TFLite", node=source_of(node))
        if node.graph is not None:
            node.graph.remove(node, safe=True)

    def _hangs_on_a_refusal(self, node: ir.Node) -> bool:
        """Whether nothing can be said of a node because what makes its input is refused.

        Raises:
            ConversionError: The type of an input is not known for another reason.
        """
        for value in node.inputs:
            if value is None or (value.type is not None and not isinstance(value.type, ir.TensorType)):
                continue
            if self.shapes.dtype(value) is None and not self.refusals:
                raise ConversionError(f"the type of {value.name!r} is not known", node=source_of(node))
            if self.refusals and (self.shapes.dtype(value) is None or self.shapes.shape(value) is None):
                return True
        return False

    def _no_converter(self, node: ir.Node) -> None:
        if any(item.node == source_of(node) and item.op_type == node.op_type for item in self.refusals):
            return  # the walk before has said more
        where = f" of the domain {node.domain!r}" if node.domain else ""
        self._refuse(
            node,
            f"TFLite has no built-in operators for {node.op_type}{where}",
            "leave the layer out of the model and compute it in the application",
        )

    def _call(self, operator: Operator, node: ir.Node) -> tuple[ir.Value, ...] | None:
        op = self._builder(node)
        keywords = operator.bind(_attributes(node), len(node.inputs), node=source_of(node))
        results = operator.function(op, *node.inputs, **keywords)
        if results is None or isinstance(results, tuple):
            return results
        return (results,)

    def _builder(self, node: ir.Node) -> LiteBuilder:
        graph: Any = node.graph
        op = LiteBuilder(graph, self.opset, names=self.names, shapes=self.shapes, before=node, constants=self.root)
        op.node, op.border, op.origin = node, self.border, source_of(node)
        return op

    def _replace(self, node: ir.Node, old: ir.Value, new: ir.Value) -> None:
        """Puts ``new`` in the place of ``old``; an output gets a tensor of its own."""
        if new is old:
            return
        contents = self.shapes.contents(old)
        keep_type(old, new)
        self.shapes.keep_contents(new, contents)
        if old.is_graph_output():
            maker = new.producer()
            if maker is None or maker.graph is not node.graph or new.is_graph_output():
                op = self._builder(node)
                new = op.first(op.emit("BITCAST", [new], {"dtype": op.dtype(new)}))
                keep_type(old, new)
            name, shape = old.name, old.shape
            old.replace_all_uses_with(new, replace_graph_outputs=True)
            old.name, new.name = None, name
            new.shape = shape or new.shape
        else:
            old.replace_all_uses_with(new)


def _attributes(node: ir.Node) -> dict[str, Any]:
    return {name: attribute.value for name, attribute in node.attributes.items()}
