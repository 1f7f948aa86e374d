"""The last step of reading: the nodes that the outputs need, in topological order, as a GraphDef."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from modelwright.frontends.tensorflow.flat import V1_CONTROL_FLOW, FlatGraph
from modelwright.frontends.tensorflow.freeze import finish_node
from modelwright.frontends.tensorflow.messages import Message, message_class, node_of
from modelwright.frontends.tensorflow.state import is_write

_SIDE_EFFECT: Final = re.compile(r"Assert|Print(V2)?|\w*Summary(V2)?|Save(V2)?|Enqueue\w*")


def _droppable(node: Message) -> bool:
    return _SIDE_EFFECT.fullmatch(node.op) is not None or is_write(node)


def build_graph(
    flat: FlatGraph,
    inputs: Sequence[str],
    outputs: Sequence[str],
    functions: Mapping[str, Message],
    versions: Message,
) -> Message:
    """A GraphDef of what ``outputs`` need.

    Control edges are dropped, and assertions, prints and updates with them, but in graphs that still have control flow
    of TensorFlow 1 (Switch, Merge, Enter, ...): there a control edge decides in which branch or loop a constant lives.

    Args:
        flat: The frozen graph.
        inputs: Names of the input nodes; they come first, used or not.
        outputs: References of the results.
        functions: The frozen library's functions.
        versions: The VersionDef to keep.
    """
    roots = [*inputs, *outputs]
    nodes = flat.order(roots, control=False)
    with_control = any(node.op in V1_CONTROL_FLOW for node in nodes)
    if with_control:
        nodes = flat.order(roots, control=True, skip=_droppable)
    kept = {node.name for node in nodes}
    graph = message_class("GraphDef")()
    for node in nodes:
        control = _control_edges(flat, node, kept) if with_control else ()
        finish_node(flat, node, graph.node.add(), control=control)
    graph.versions.CopyFrom(versions)
    for name in sorted(functions):
        graph.library.function.add().CopyFrom(functions[name])
    return graph


def _control_edges(flat: FlatGraph, node: Message, kept: set[str]) -> list[str]:
    return [ref for ref in node.input if ref.startswith("^") and node_of(ref) in kept and node_of(ref) in flat.nodes]
