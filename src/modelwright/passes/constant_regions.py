"""Computes whole regions of nodes that depend on no input, as far as what they took in the file pays for the results.

Node by node such a region may not be worth it: an Expand, a Concat and a Transpose make of a few numbers the anchors of
a detector. Together they are worth it when the nodes that were removed from the model took more bytes than the results.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import onnx_ir as ir

from modelwright.hub.subgraphs import all_nodes, subgraphs_of
from modelwright.passes.folding import NEVER_FOLDED, fold_together
from modelwright.rewrites.context import RewriteContext

_LARGEST = 1 << 20
"""Bytes that a tensor inside a region may have, so that evaluating it takes no time."""

_FEWEST = 3
"""Nodes from which on a region is looked at: a weight that one node makes of a number stays one."""

_OVERHEAD = 12
"""Bytes of a node's or an attribute's fields beside names."""


def graph_bytes(graph: ir.Graph) -> int:
    """About how many bytes the nodes take in a file, without the tensors among their attributes."""
    return sum(map(_node_bytes, all_nodes(graph)))


def _node_bytes(node: ir.Node) -> int:
    names = [node.op_type, node.name or ""]
    names += [value.name or "" for value in (*node.inputs, *node.outputs) if value is not None]
    return sum(len(name) + 2 for name in names) + _OVERHEAD * (1 + len(node.attributes))


def fold_regions(context: RewriteContext, spare: int) -> int:
    """Replaces regions of the main graph by their results, those that cost least first.

    Args:
        context: The model.
        spare: Bytes by which the weights may grow.

    Returns:
        The number of nodes folded.
    """
    count = 0
    regions = [region for region in _regions(context) if len(region) >= _FEWEST]
    priced = [(cost, region) for region in regions if (cost := _cost(context, region)) is not None]
    for cost, region in sorted(priced, key=lambda item: item[0]):
        if cost <= spare + sum(map(_node_bytes, region)):
            spare -= cost
            count += fold_together(context, region)
    return count


def _regions(context: RewriteContext) -> list[list[ir.Node]]:
    """Constant nodes that are connected with each other, in the order of the graph."""
    leader: dict[ir.Node, ir.Node] = {}

    def find(node: ir.Node) -> ir.Node:
        while leader[node] is not node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for node in context.root:
        sources = _sources(context, node, leader)
        if sources is None:
            continue
        leader[node] = node
        for source in sources:
            leader[find(source)] = node
    regions: dict[ir.Node, list[ir.Node]] = {}
    for node in leader:
        regions.setdefault(find(node), []).append(node)
    return list(regions.values())


def _sources(context: RewriteContext, node: ir.Node, known: Mapping[ir.Node, ir.Node]) -> list[ir.Node] | None:
    """The constant nodes that a node needs, or None if it depends on an input or must not be computed."""
    if node.domain or node.op_type in NEVER_FOLDED or not node.inputs or subgraphs_of(node):
        return None
    if any(output.is_graph_output() for output in node.outputs):
        return None
    found: list[ir.Node] = []
    for value in node.inputs:
        producer = value.producer() if value is not None else None
        if producer is not None and producer in known:
            found.append(producer)
        elif value is not None:
            tensor = context.tensor(value)
            if tensor is None or tensor.nbytes > _LARGEST:
                return None
    return found


def _cost(context: RewriteContext, region: list[ir.Node]) -> int | None:
    """Bytes of the values that the rest of the model needs; None if a size is unknown or too large."""
    inside = set(region)
    total = 0
    for node in region:
        for output in node.outputs:
            sizes, dtype = context.shapes.static_shape(output), context.shapes.dtype(output)
            if sizes is None or dtype in (None, ir.DataType.STRING):
                return None
            size = math.prod(sizes) * dtype.bitwidth // 8
            if size > _LARGEST:
                return None
            if any(use.node not in inside for use in output.uses()):
                total += size
    return total
