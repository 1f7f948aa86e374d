"""Finds where factors of channels can be taken out of one constant and put into those that read the channels."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from modelwright.passes.bodies import captured_by
from modelwright.quantize.accuracy.passing import Labels, pass_through
from modelwright.quantize.accuracy.scaling import Edit
from modelwright.quantize.accuracy.weighted import Weighted, is_own_constant, weighted
from modelwright.rewrites.context import RewriteContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A node whose output channels can be scaled by scaling its constants.

    Attributes:
        node: The node.
        axis: Axis of the channels in its output.
        channels: How many there are.
        edits: The constants.
        layer: The node as a layer with weights, if it is one.
    """

    node: ir.Node
    axis: int
    channels: int
    edits: tuple[Edit, ...]
    layer: Weighted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A layer that reads scaled channels.

    Attributes:
        layer: The layer.
        labels: Which channel of the source each of its input channels is; -1 for none.
    """

    layer: Weighted
    labels: np.ndarray

    def edit(self) -> Edit:
        """Its weights, multiplied where the channels were divided."""
        index = self.layer.input_index(self.labels)
        return Edit(value=self.layer.weight, view=self.layer.view, index=index, divides=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """All paths from a source to the layers that read its channels.

    Attributes:
        source: Where channels are made.
        edits: Constants to divide: the source's own and those added on the way.
        readings: The layers at the ends.
    """

    source: Source
    edits: tuple[Edit, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class _Walk:
    context: RewriteContext
    order: dict[ir.Node, int]
    known: dict[ir.Value, Labels] = field(default_factory=dict[ir.Value, Labels])
    edits: list[Edit] = field(default_factory=list[Edit])
    readings: list[Reading] = field(default_factory=list[Reading])
    pending: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def follow(
    context: RewriteContext, source: Source, nodes: Sequence[ir.Node], order: dict[ir.Node, int]
) -> Branches | str:
    """The branches behind a source, or the reason why scaling its channels would change what the model computes.

    Args:
        context: The model.
        source: Where to begin.
        nodes: The nodes of the main graph.
        order: Place of each of them.
    """
    walk = _Walk(context, order)
    labels = Labels(axis=source.axis, channels=np.arange(source.channels))
    if not _reach(walk, source.node.outputs[0], labels):
        return "its output leaves the graph"
    while walk.pending:
        node = nodes[heapq.heappop(walk.pending)[0]]
        while walk.pending and walk.pending[0][0] == order[node]:
            heapq.heappop(walk.pending)
        reason = _step(walk, node)
        if reason:
            return reason
    if not walk.readings:
        return "no layer with weights reads it"
    return Branches(source=source, edits=(*source.edits, *walk.edits), readings=tuple(walk.readings))


def _reach(walk: _Walk, value: ir.Value, labels: Labels) -> bool:
    """Remembers a scaled value and its readers; False if it is seen from outside."""
    readers = [node for node, _ in value.uses()]
    if value.is_graph_output() or any(node not in walk.order for node in readers):
        return False
    walk.known[value] = labels
    for node in readers:
        heapq.heappush(walk.pending, (walk.order[node], 0))
    return True


def _step(walk: _Walk, node: ir.Node) -> str:
    """Goes through one node; returns what stands in the way, or nothing."""
    name = f"{node.op_type} {node.name!r}"
    if captured_by(node):
        return f"{name} has subgraphs"
    reading = _reading(walk, node)
    if reading is not None:
        walk.readings.append(reading)
        return ""
    passed = _shifted(walk, node) or pass_through(walk.context, node, walk.known)
    if passed is None:
        return f"{name} reads it"
    if all(_reach(walk, value, labels) for value, labels in passed.items()):
        return ""
    return "its output leaves the graph"


def _reading(walk: _Walk, node: ir.Node) -> Reading | None:
    layer = weighted(node)
    if layer is None or layer.x not in walk.known or sum(value in walk.known for value in node.inputs if value) != 1:
        return None
    labels = walk.known[layer.x]
    rank = walk.context.rank(layer.x)
    axis = 1 if layer.is_convolution else None if rank is None else rank - 1
    if labels.axis != axis or labels.channels.size != layer.in_channels:
        return None
    return Reading(layer=layer, labels=labels.channels)


def _shifted(walk: _Walk, node: ir.Node) -> dict[ir.Value, Labels] | None:
    """An Add or Sub of a constant with one number for each channel, which is divided as well."""
    if node.op_type not in ("Add", "Sub") or node.domain or len(node.inputs) != 2:
        return None
    places = [place for place, value in enumerate(node.inputs) if value is not None and value in walk.known]
    scaled, constant = (node.inputs[places[0]], node.inputs[1 - places[0]]) if len(places) == 1 else (None, None)
    if scaled is None or constant is None or not is_own_constant(constant):
        return None
    labels, rank = walk.known[scaled], walk.context.rank(scaled)
    sizes = [int(dim) for dim in constant.const_value.shape] if constant.const_value is not None else []  # pyright: ignore[reportArgumentType]
    place = labels.axis - (rank or 0) + len(sizes)
    if rank is None or len(sizes) > rank or place < 0 or sizes[place] != labels.channels.size:
        return None
    shape = [1] * len(sizes)
    shape[place] = -1
    walk.edits.append(Edit(value=constant, view=tuple(sizes), index=labels.channels.reshape(shape), divides=True))
    return {node.outputs[0]: labels}


def all_branches(model: ir.Model, sources: Sequence[Source]) -> Iterator[Branches]:
    """The branches of those sources that have any, in the order given."""
    nodes = list(model.graph)
    order = {node: place for place, node in enumerate(nodes)}
    context = RewriteContext(model.graph, model.graph.opset_imports.get("", 0))
    for source in sources:
        found = follow(context, source, nodes, order)
        if isinstance(found, Branches):
            yield found
