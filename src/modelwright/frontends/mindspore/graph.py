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
        inputs: The messages of its inputs.
        outputs: Names of its results.
        weights: Messages of its parameters by name.
        constants: Messages of its constants by name.
        nodes: What computes, in order.
        functions: Names of the further graphs of the file.
    """

    inputs: tuple[Any, ...]
    outputs: tuple[str, ...]
    weights: Mapping[str, Any]
    constants: Mapping[str, Any]
    nodes: tuple[MindNode, ...]
    functions: frozenset[str]


def graph_of(model: Any, where: str) -> MindGraph:
    """The main graph of a ``ModelProto``.

    Raises:
        ModelFormatError: Names stand twice, something is missing, or the nodes form a circle.
    """
    graph, primitives = model.graph, {item.name: item for item in model.primitives}
    constants = {
        node.output[0] if node.output else node.name: _value(node, where)
        for node in graph.node
        if node.op_type == "Constant"
    }
    nodes = [_node(node, primitives, where) for node in graph.node if node.op_type != "Constant"]
    weights = {item.name: item for item in graph.parameter}
    sources = [*(item.name for item in graph.input), *weights, *constants]
    outputs = tuple(item.name for item in graph.output)
    if not outputs:
        raise ModelFormatError(f"{where}: the graph has no output", hint="export the model again")
    names = [*(item.name for item in graph.input), *(item.name for item in graph.parameter), *constants]
    _check_names([*names, *(node.name for node in nodes)], where)
    return MindGraph(
        inputs=tuple(graph.input),
        outputs=outputs,
        weights=weights,
        constants=constants,
        nodes=tuple(_ordered({node.name: node for node in nodes}, set(sources), outputs, where)),
        functions=frozenset(item.name for item in model.functions),
    )


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
    op_type, attributes = str(node.op_type), own
    if op_type.startswith(_REFERENCE) and op_type.removeprefix(_REFERENCE) in primitives:
        primitive = primitives[op_type.removeprefix(_REFERENCE)]
        op_type, attributes = str(primitive.op_type), (*primitive.attribute, *own)
    shape = next((item for item in node.attribute if item.name == "shape"), None)
    told = shape.tensors[0].data_type if shape is not None and len(shape.tensors) == 1 else 0
    return MindNode(name=node.output[0], op_type=op_type, inputs=tuple(node.input), attributes=attributes, dtype=told)


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
