"""What is different in the nodes where two models part, as far as their files say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import onnx_ir as ir

from modelwright.verify.diff.findings import Change, NodeChange, WeightChange
from modelwright.verify.diff.graph import changes_inside, node_details, node_label, operator_name
from modelwright.verify.diff.matching import GraphMatch
from modelwright.verify.diff.weights import compare_weights, weights_inside


def explain(
    match: GraphMatch, source_nodes: Sequence[ir.Node], model_nodes: Sequence[ir.Node]
) -> tuple[tuple[NodeChange, ...], tuple[WeightChange, ...]]:
    """Nodes and weights that differ between two places that should compute the same.

    Args:
        match: Source (``a``) and model (``b``).
        source_nodes: The source's nodes at the place.
        model_nodes: The model's nodes there.
    """
    nodes: list[NodeChange] = []
    weights: list[WeightChange] = []
    for node in source_nodes:
        other = match.nodes.get(node)
        if other is None:
            nodes.append(_change(Change.REMOVED, node, node_label(node), ""))
            continue
        details = tuple(node_details(match, node, other))
        if details:
            changed = _change(Change.CHANGED, node, node_label(node), node_label(other))
            nodes.append(replace(changed, details=details))
        nodes.extend(changes_inside(match, node, other))
        weights.extend(_weights(match, node, other))
    taken = set(match.nodes.values())
    nodes.extend(
        _change(Change.ADDED, node, "", node_label(node))
        for node in model_nodes
        if node not in taken and not (set(node.outputs) & set(match.b.weights))
    )
    return tuple(nodes), tuple(weights)


def _change(change: Change, node: ir.Node, a: str, b: str) -> NodeChange:
    return NodeChange(change=change, op_type=operator_name(node), a=a, b=b)


def _weights(match: GraphMatch, node: ir.Node, other: ir.Node) -> list[WeightChange]:
    found: list[WeightChange] = []
    for mine, theirs in zip(node.inputs, other.inputs, strict=False):
        if mine is None or theirs is None or mine not in match.a.weights or theirs not in match.b.weights:
            continue
        change = compare_weights(match.a.weights[mine], match.b.weights[theirs], rtol=0.0, atol=0.0)
        if change is not None:
            found.append(replace(change, a=mine.name or "", b=theirs.name or "", used_by=node_label(node)))
    return [*found, *weights_inside(match, node, other)]
