"""Walking the graphs of two models between tensors that they share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import onnx_ir as ir

from modelwright.hub.builder import SOURCE_KEY
from modelwright.verify.diff.graph import node_label
from modelwright.verify.diff.structure import GraphView, subgraphs
from modelwright.verify.locate.search import Graph


def reads(node: ir.Node) -> Iterator[ir.Value]:
    """What a node is computed from: its inputs, and the outer values that its subgraphs read."""
    yield from (value for value in node.inputs if value is not None)
    for _, body in subgraphs(node):
        inside = set(body)
        for inner in body:
            yield from (value for value in reads(inner) if value.producer() not in inside)
        yield from (value for value in body.outputs if value.producer() not in inside)


def reduce_graph(view: GraphView, shared: Collection[str], nbytes: Mapping[str, int]) -> Graph:
    """The graph of the shared tensors alone.

    Args:
        view: The model's main graph.
        shared: Names of tensors that the source has too.
        nbytes: Bytes of each tensor.
    """
    order: dict[str, int] = {}
    behind: dict[str, tuple[str, ...]] = {}
    nearest: dict[ir.Value, dict[str, None]] = {}
    for node in view.nodes:
        before: dict[str, None] = {}
        for value in reads(node):
            before |= nearest.get(value, {})
        for value in node.outputs:
            if value.name and value.name in shared:
                order[value.name] = len(order)
                behind[value.name] = tuple(sorted(before, key=order.__getitem__))
                nearest[value] = {value.name: None}
            else:
                nearest[value] = before
    return Graph(order=order, behind=behind, nbytes=nbytes)


def nodes_between(end: ir.Value, starts: Collection[ir.Value]) -> list[ir.Node]:
    """The nodes that compute ``end`` from ``starts`` and from what needs none of these, the last one at the end."""
    found: dict[ir.Node, None] = {}
    pending = [end]
    while pending:
        value = pending.pop()
        node = value.producer()
        if value in starts or node is None or node in found:
            continue
        found[node] = None
        pending.extend(reads(node))
    graph = next(iter(found)).graph if found else None
    places = {node: place for place, node in enumerate(graph or ())}
    return sorted(found, key=lambda node: places.get(node, -1))


def layer_label(node: ir.Node | None) -> str:
    """The source's layer that a node belongs to: what the frontend noted, else the node's name."""
    if node is None:
        return ""
    noted = node.meta.get(SOURCE_KEY)
    return str(noted) if noted else node_label(node)
