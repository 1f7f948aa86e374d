"""Follows the batch through a model by inferring all shapes at two batches; see the package."""

from __future__ import annotations

from collections.abc import Iterator

import onnx_ir as ir

from modelwright.hub.foreign_inference import contradiction
from modelwright.hub.shapes import Shapes, dims_of
from modelwright.passes.bodies import bodies_of, describe_body_inputs
from modelwright.passes.rebatch.change import BatchChange
from modelwright.passes.rebatch.found import Trace
from modelwright.passes.rebatch.layout import Place
from modelwright.passes.rebatch.rules import RULES
from modelwright.passes.rebatch.walk import BATCH, Walk

_OTHER = (10_007, 10_009, 10_037, 10_039, 10_061, 10_067, 10_069, 10_079, 10_091, 10_093, 10_099, 10_103)
_SHAPE_READERS = frozenset({"Shape", "Size"})


def trace_batch(model: ir.Model, change: BatchChange) -> tuple[Trace, dict[ir.Node, ir.Node]]:
    """Follows the batch of a model whose inputs have their new shapes already.

    Args:
        model: The model; it is not changed. Without functions, else what they contain is not seen.
        change: The change.

    Returns:
        What was found, about nodes of a copy; and these nodes' originals.
    """
    opset = model.graph.opset_imports.get("", 0)
    old, new = model.clone(), model.clone()
    _settle_inputs(old.graph, change, change.old)
    _settle_inputs(new.graph, change, BATCH)
    _forget_shapes(new)
    _forget_shapes(old)
    walk = Walk(
        Shapes(opset), Shapes(opset), change.old, dict(zip(_values(new.graph), _values(old.graph), strict=True))
    )
    originals = dict(zip(_nodes(new.graph), _nodes(model.graph), strict=True))
    _describe_bodies(old.graph, walk.old)
    _walk(new.graph, walk)
    outputs = {value.name or "": found for value in new.graph.outputs if (found := _rows(value, walk)) is not None}
    fixed = tuple(walk.fixed)
    return Trace(fixed=fixed, obstacles=tuple(walk.obstacles), outputs=outputs), originals


def _rows(value: ir.Value, walk: Walk) -> tuple[int, int] | None:
    """An output's batch dimension and the entries of a sample in it, if the samples follow each other there."""
    found, place = walk.multiples(value), walk.place(value)
    return found[0] if place is not None and place.inner == found[0][1] else None


def _settle_inputs(graph: ir.Graph, change: BatchChange, batch: int) -> None:
    """Gives every input a size in every dimension: the batch, what is known, or a prime for each free one."""
    sizes: dict[str, int] = {}
    primes = iter(_OTHER * 8)
    for value in graph.inputs:
        dims = dims_of(value.shape)
        if dims is None:
            continue
        settled: list[int] = []
        for axis, dim in enumerate(dims):
            if change.axes.get(value.name or "") == axis:
                settled.append(batch)
            elif isinstance(dim, int):
                settled.append(dim)
            else:
                settled.append(sizes.setdefault(dim, next(primes)) if dim is not None else next(primes))
        value.shape = ir.Shape(settled)


def _forget_shapes(model: ir.Model) -> None:
    for node in _nodes(model.graph):
        for value in node.outputs:
            value.shape = None
        for _, body in bodies_of(node):
            for value in body.inputs:
                value.shape = None if node.op_type in ("Loop", "Scan") else value.shape


def _nodes(graph: ir.Graph) -> Iterator[ir.Node]:
    for node in graph:
        yield node
        for _, body in bodies_of(node):
            yield from _nodes(body)


def _values(graph: ir.Graph) -> Iterator[ir.Value]:
    yield from graph.inputs
    yield from graph.initializers.values()
    for node in graph:
        yield from node.outputs
        for _, body in bodies_of(node):
            yield from _values(body)


def _describe_bodies(graph: ir.Graph, shapes: Shapes) -> None:
    for node in graph:
        describe_body_inputs(node, shapes)
        for _, body in bodies_of(node):
            _describe_bodies(body, shapes)


def _walk(graph: ir.Graph, walk: Walk) -> None:
    for node in graph:
        describe_body_inputs(node, walk.new)
        for _, body in bodies_of(node):
            _walk(body, walk)
        _visit(node, walk)


def _visit(node: ir.Node, walk: Walk) -> None:
    carries = [value for value in node.inputs if value is not None and walk.multiples(value)]
    rule = RULES.get(node.op_type) if node.domain == "" else None
    before = len(walk.obstacles)
    if rule is not None:
        rule(walk, node)
    for value in node.outputs:
        walk.new.dtype(value)
        walk.new.shape(value)
    reason = contradiction(node, walk.new.opset, walk.new.constant)
    if len(walk.obstacles) > before:
        return
    if reason:
        walk.hinder(node, f"does not fit another batch ({_readable(reason)})")
    elif carries and node.op_type not in _SHAPE_READERS and _loses(node, walk):
        walk.hinder(node, "mixes or drops the samples of the batch")
    _inherit(node, carries, walk)


def _readable(reason: str) -> str:
    return reason.replace(str(BATCH), "batch")


def _loses(node: ir.Node, walk: Walk) -> bool:
    """Whether no output has the batch any more, all shapes being known."""
    outputs = [value for value in node.outputs if value.name and (value.uses() or value.is_graph_output())]
    for value in outputs:
        if walk.new.static_shape(value) is None or walk.multiples(value):
            return False
        found = walk.new.contents(value)
        if found is not None and any(isinstance(item, int) and item and item % BATCH == 0 for item in found.flat):
            return False
    return bool(outputs)


def _inherit(node: ir.Node, carries: list[ir.Value], walk: Walk) -> None:
    """Outputs whose batch dimension has the size of an input's have the batch at the same place in it."""
    for value in node.outputs:
        found = walk.multiples(value)
        if value in walk.places or len(found) != 1 or found[0][1] == 1:
            continue
        axis, times = found[0]
        inner = {
            place.inner
            for source in carries
            if [count for _, count in walk.multiples(source)] == [times] and (place := walk.place(source)) is not None
        }
        if len(inner) == 1:
            walk.places[value] = Place(axis=axis, inner=inner.pop())
