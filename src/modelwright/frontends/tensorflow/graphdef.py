"""Bare GraphDef files, binary (``.pb``) and text (``.pbtxt``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.arity import check_arity
from modelwright.frontends.tensorflow.messages import Message, message_class
from modelwright.frontends.tensorflow.op_outputs import OpOutputs
from modelwright.frontends.tensorflow.source import Source, check_foreign, looks_like_text, read_start
from modelwright.frontends.tensorflow.text_format import read_text
from modelwright.frontends.tensorflow.variables import Variables
from modelwright.schemas.spans import SpanStore
from modelwright.schemas.wire import parse_file

_LAST_AMBIGUOUS_SCALAR = 21
"""Graphs of this version and older cannot tell a scalar placeholder from one without a shape."""


def read_message(path: Path, message_name: str, spans: SpanStore) -> Message:
    """Reads a binary or text file as a message; what it is shows in its first bytes.

    Raises:
        ModelNotFoundError: The file cannot be read.
        ModelFormatError: It is empty, damaged or something else.
    """
    start = read_start(path)
    check_foreign(path, start)
    if path.suffix == ".pbtxt" or looks_like_text(start):
        return read_text(path, message_name)
    return parse_file(message_class(message_name), path, spans)


def functions_of(graph: Message) -> dict[str, Message]:
    """The functions of a graph's library by name."""
    return {function.signature.name: function for function in graph.library.function}


def nodes_of(graph: Message, where: str) -> dict[str, Message]:
    """The nodes of a graph by name, checked for what the reader relies on.

    Raises:
        ModelFormatError: There are none, or two have the same name.
    """
    nodes: Mapping[str, Message] = {node.name: node for node in graph.node}
    if not nodes:
        raise ModelFormatError(f"{where}: holds no graph", hint="is it a TensorFlow GraphDef?")
    if len(nodes) != len(graph.node):
        raise ModelFormatError(f"{where}: several nodes have the same name", hint="the file is damaged")
    if not all(node.op for node in graph.node):
        raise ModelFormatError(f"{where}: has a node without an operator", hint="is it a TensorFlow GraphDef?")
    check_arity(graph.node, where)
    for function in graph.library.function:
        check_arity(function.node_def, where)
    if graph.versions.producer <= _LAST_AMBIGUOUS_SCALAR:
        _open_ambiguous_shapes(nodes.values())
    return dict(nodes)


def _open_ambiguous_shapes(nodes: Iterable[Message]) -> None:
    """Gives placeholders of shape ``()`` an unknown rank: old graphs say so when they mean no shape at all."""
    for node in nodes:
        if node.op == "Placeholder" and "shape" in node.attr and not node.attr["shape"].shape.dim:
            node.attr["shape"].shape.unknown_rank = True


def open_graphdef(path: Path) -> Source:
    """Opens a GraphDef file.

    Raises:
        ModelNotFoundError: The file cannot be read.
        ModelFormatError: It is no GraphDef.
    """
    spans = SpanStore()
    graph = read_message(path, "GraphDef", spans)
    functions = functions_of(graph)
    return Source(
        where=str(path),
        kind="graphdef",
        spans=spans,
        nodes=nodes_of(graph, str(path)),
        functions=functions,
        op_outputs=OpOutputs(functions),
        variables=Variables(None, {}, str(path)),
        versions=graph.versions,
    )
