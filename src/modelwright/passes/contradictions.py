"""Nodes that contradict the shapes of what they are given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.foreign_inference import contradiction
from modelwright.hub.shapes import Shapes
from modelwright.hub.subgraphs import all_nodes
from modelwright.passes.bodies import named


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A node that cannot compute with its inputs' shapes.

    Attributes:
        node: The node's name.
        reason: Why, as a sentence that names operator and node.
    """

    node: str
    reason: str


def find_contradictions(model: ir.Model) -> tuple[Contradiction, ...]:
    """All of them, in the order of the nodes; those behind the first may follow from it.

    Args:
        model: A model whose shapes are inferred.
    """
    shapes = Shapes(model.graph.opset_imports.get("", 0))
    return tuple(_contradictions(all_nodes(model.graph), shapes))


def _contradictions(nodes: Iterator[ir.Node], shapes: Shapes) -> Iterator[Contradiction]:
    for node in nodes:
        if node.domain:
            continue
        for value in node.inputs:
            if value is not None:
                shapes.dtype(value)
                shapes.shape(value)
        reason = _of_reshape(node, shapes) or contradiction(node, shapes.opset, shapes.constant)
        if reason:
            yield Contradiction(node=node.name or "", reason=f"{named(node)}: {reason}{_given(node, shapes)}")


def _given(node: ir.Node, shapes: Shapes) -> str:
    if node.op_type == "Reshape":
        return ""
    known = [
        f"{value.name} {list(shape)}"
        for value in node.inputs
        if value is not None and (shape := shapes.shape(value)) is not None and value.name
    ]
    return f" (inputs: {', '.join(known[:4])})" if known else ""


def _of_reshape(node: ir.Node, shapes: Shapes) -> str:
    if node.op_type != "Reshape" or len(node.inputs) < 2:
        return ""
    data, target = node.inputs[0], node.inputs[1]
    given = None if data is None else shapes.static_shape(data)
    wanted = None if target is None else shapes.constant(target)
    if given is None or wanted is None or _fits(given, wanted, zero_is_zero=_allows_zero(node)):
        return ""
    return f"makes {list(given)} into the constant shape {wanted.tolist()}, which does not fit"


def _allows_zero(node: ir.Node) -> bool:
    attribute = node.attributes.get("allowzero")
    return attribute is not None and bool(attribute.as_int())


def _fits(given: Sequence[int], wanted: np.ndarray, *, zero_is_zero: bool) -> bool:
    """Whether the Reshape operator accepts it: 0 copies a size, one -1 takes the rest (ONNX, Reshape-14)."""
    sizes = [int(item) for item in wanted.reshape(-1)]
    if not zero_is_zero:
        sizes = [given[axis] if size == 0 and axis < len(given) else size for axis, size in enumerate(sizes)]
    fixed = math.prod(size for size in sizes if size != -1)
    total = math.prod(given)
    return total % fixed == 0 if -1 in sizes and fixed else total == fixed
