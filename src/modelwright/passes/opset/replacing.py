"""Putting new nodes in the place of an old one, so that every name of the model stays."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.hub.builder import SOURCE_KEY
from modelwright.hub.names import NameScope
from modelwright.hub.subgraphs import all_nodes, subgraphs_of
from modelwright.rewrites.context import keep_type, source_of


def install(
    node: ir.Node, values: Sequence[ir.Value | None], emitted: Sequence[ir.Node], names: NameScope
) -> list[ir.Node]:
    """Replaces the outputs of ``node`` by ``values`` and removes it.

    Args:
        node: What is replaced.
        values: One for each output; None, or fewer of them, for outputs that nothing uses.
        emitted: The nodes that were made for it, in order.
        names: The model's names.

    Returns:
        Identities that had to be made, because an output of a graph would have become an input, a constant or another
        output.
    """
    made: list[ir.Node] = []
    fresh = {output for item in emitted for output in item.outputs}
    for old, new in zip(node.outputs, values, strict=False):
        if new is None:
            continue
        version = emitted[-1].version if emitted else node.version
        if old.is_graph_output() and (new not in fresh or new.is_graph_output()):
            identity = ir.Node("", "Identity", [new], name=names.unique(f"{node.name}/Identity"), version=version)
            _graph_of(node).insert_before(node, identity)
            made.append(identity)
            new = identity.outputs[0]
        _take_place(old, new, keep_name=new in fresh or new.producer() in made)
    _hand_over(node, [*emitted, *made], values)
    _discard(node)
    return made


def record(touched: dict[ir.Value, None], node: ir.Node) -> None:
    """Notes what a node uses before it goes."""
    touched.update((value, None) for value in node.inputs if value is not None)


def _graph_of(node: ir.Node) -> ir.Graph:
    graph = node.graph
    if not isinstance(graph, ir.Graph):
        raise TypeError("the node stands in no graph")
    return graph


def _take_place(old: ir.Value, new: ir.Value, *, keep_name: bool) -> None:
    keep_type(old, new)
    if old.is_graph_output():
        new.type, new.shape = old.type or new.type, old.shape or new.shape
    name = old.name
    old.replace_all_uses_with(new, replace_graph_outputs=True)
    if keep_name and name:
        old.name, new.name = None, name


def _hand_over(node: ir.Node, made: Sequence[ir.Node], values: Sequence[ir.Value | None]) -> None:
    """Gives the node's name and notes to the node that makes its first output, and the source's name to all."""
    origin = source_of(node)
    for item in made:
        item.meta[SOURCE_KEY] = origin
    first = next((value for value in values if value is not None), None)
    heir = first.producer() if first is not None else None
    heir = heir if heir in made else (made[-1] if made else None)
    if heir is not None and node.name:
        node.name, heir.name = None, node.name
        heir.metadata_props.update(node.metadata_props)
        heir.doc_string = heir.doc_string or node.doc_string


def _discard(node: ir.Node) -> None:
    for body in subgraphs_of(node):
        body.outputs.clear()
        for item in list(all_nodes(body)):
            for index in range(len(item.inputs)):
                item.replace_input_with(index, None)
    _graph_of(node).remove(node, safe=True)
