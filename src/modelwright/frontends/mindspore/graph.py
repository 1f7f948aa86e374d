"""A MindIR graph, read: parameters, constants and nodes in an order in which they can be computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.frontends.mindspore.literals import Literal, literal
from modelwright.frontends.mindspore.tensors import TensorReader
from modelwright.schemas.mindir_file import plain_name

CALL: Final = "call"
"""``op_type`` of a node that calls its first input, a function of the file or what another node gives."""

_REFERENCE: Final = "REF::"
_TOLD: Final = frozenset({"shape", "output_names", "input_names", "scope"})
"""Attributes of a node that say nothing of the primitive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MindNode:
    """A node.

    Attributes:
        name: Its name in the file.
        op_type: The primitive.
        inputs: Names of what it takes.
        attributes: The primitive's messages.
        dtype: ``TensorProto.data_type`` that the file says of its result; 0 for tuples and where it says nothing.
    """

    name: str
    op_type: str
    inputs: tuple[str, ...]
    attributes: tuple[Any, ...]
    dtype: int

    @property
    def label(self) -> str:
        """Its name without the graph's."""
        return plain_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class MindGraph:
    """A graph.

    Attributes:
        name: Its name.
        inputs: The messages of its inputs.
        outputs: Names of its results.
        weights: Messages of its parameters by name.
        constants: Messages of its constants by name.
        nodes: What computes, in order.
        functions: The further graphs of the file by name; empty for these themselves.
    """

    name: str
    inputs: tuple[Any, ...]
    outputs: tuple[str, ...]
    weights: Mapping[str, Any]
    constants: Mapping[str, Any]
    nodes: tuple[MindNode, ...]
    functions: Mapping[str, MindGraph]

    def node(self, name: str) -> MindNode | None:
        """The node of a name."""
        return next((item for item in self.nodes if item.name == name), None)


def graph_of(model: Any, where: str) -> MindGraph:
    """The main graph of a ``ModelProto``.

    Raises:
        ModelFormatError: Names stand twice, something is missing, or the nodes form a circle.
    """
    primitives = {item.name: item for item in model.primitives}
    names = frozenset(str(item.name) for item in model.functions)
    functions = {str(item.name): _graph(item, primitives, names, where) for item in model.functions}
    return _graph(model.graph, primitives, names, where, functions=functions)


def _graph(
    graph: Any,
    primitives: Mapping[str, Any],
    known: frozenset[str],
    where: str,
    *,
    functions: Mapping[str, MindGraph] | None = None,
) -> MindGraph:
    constants = {
        node.output[0] if node.output else node.name: _value(node, where)
        for node in graph.node
        if node.op_type == "Constant"
    }
    nodes = [_node(node, primitives, where) for node in graph.node if node.op_type != "Constant"]
    weights = {item.name: item for item in graph.parameter}
    sources = [*(item.name for item in graph.input), *weights, *constants, *known]
    outputs = tuple(item.name for item in graph.output)
    if not outputs:
        raise ModelFormatError(f"{where}: the graph has no output", hint="export the model again")
    names = [*(item.name for item in graph.input), *(item.name for item in graph.parameter), *constants]
    _check_names([*names, *(node.name for node in nodes)], where)
    return MindGraph(
        name=str(graph.name),
        inputs=tuple(graph.input),
        outputs=outputs,
        weights=weights,
        constants=constants,
        nodes=tuple(_ordered({node.name: node for node in nodes}, set(sources), outputs, where)),
        functions=functions or {},
    )


def needed(graph: MindGraph, wanted: Iterable[str]) -> list[MindNode]:
    """The nodes that some values need, in order."""
    nodes = {node.name: node for node in graph.nodes}
    found, pending = set[str](), [name for name in wanted if name in nodes]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(item for item in nodes[name].inputs if item in nodes)
    return [node for node in graph.nodes if node.name in found]


def attributes_of(node: MindNode, reader: TensorReader) -> dict[str, Literal]:
    """The attributes of a node's primitive, decoded."""
    where = f"{node.op_type} {node.label!r}"
    return {str(item.name): constant_of(item, reader, where) for item in node.attributes}


def constant_of(message: Any, reader: TensorReader, where: str) -> Literal:
    """What an attribute or a constant holds."""

    def tensor(item: Any) -> ir.TensorProtocol:
        return reader.read(item)

    return literal(message, tensor, where)


def _value(node: Any, where: str) -> Any:
    found = next((item for item in node.attribute if item.name == "value"), None)
    if found is None:
        raise ModelFormatError(f"{where}: the constant {node.name!r} has no value", hint="export the model again")
    return found


def _node(node: Any, primitives: Mapping[str, Any], where: str) -> MindNode:
    if not node.output:
        raise ModelFormatError(f"{where}: {node.op_type} {node.name!r} has no output", hint="export the model again")
    own = tuple(item for item in node.attribute if item.name not in _TOLD)
    op_type, attributes, inputs = str(node.op_type), own, tuple(node.input)
    named = op_type.removeprefix(_REFERENCE)
    if named != op_type and named in primitives:
        primitive = primitives[named]
        op_type, attributes = str(primitive.op_type), (*primitive.attribute, *own)
    elif named != op_type:
        op_type, inputs = CALL, (named, *inputs)
    shape = next((item for item in node.attribute if item.name == "shape"), None)
    told = shape.tensors[0].data_type if shape is not None and len(shape.tensors) == 1 else 0
    return MindNode(name=node.output[0], op_type=op_type, inputs=inputs, attributes=attributes, dtype=told)


def _check_names(names: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ModelFormatError(f"{where}: two values are called {name!r}", hint="export the model again")
        seen.add(name)


def _ordered(nodes: Mapping[str, MindNode], known: set[str], wanted: Iterable[str], where: str) -> Iterator[MindNode]:
    """The nodes that the outputs need, each behind those that it takes from."""
    done, open_ = set(known), set[str]()
    stack = [(name, False) for name in reversed(tuple(wanted))]
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        if ready:
            open_.discard(name)
            done.add(name)
            yield nodes[name]
            continue
        if name not in nodes:
            raise ModelFormatError(f"{where}: {name!r} is used and made by no node", hint="export the model again")
        if name in open_:
            raise ModelFormatError(f"{where}: {name!r} takes part in what it is computed from")
        open_.add(name)
        stack.append((name, True))
        stack.extend((item, False) for item in reversed(nodes[name].inputs) if item not in done)
