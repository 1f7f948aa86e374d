"""Shapes of everything behind the inputs, inferred again after those have changed."""

from __future__ import annotations

from collections.abc import Mapping

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.inference import infer_types
from modelwright.hub.open_shapes import open_shapes
from modelwright.hub.shapes import Shapes, dims_of
from modelwright.passes.bodies import bodies_of, describe_body_inputs
from modelwright.passes.finalize import finalize


def infer_again(model: ir.Model, renamed: Mapping[str, Dim]) -> None:
    """Drops every inferred shape, of subgraphs and functions too, and infers again, in place.

    What cannot be inferred of a graph output keeps its symbolic names, except those that were given a size.

    Args:
        model: The model, its inputs as they are to be.
        renamed: Symbolic dimensions of the inputs to what they became.
    """
    declared = {value: dims_of(value.shape) for value in model.graph.outputs if value.producer() is not None}
    open_shapes(model, inputs=False)
    shapes = Shapes(model.graph.opset_imports.get("", 0))
    _describe_bodies(model.graph, shapes)
    finalize(model)
    if model.functions or any(value.shape is None or None in (dims_of(value.shape) or ()) for value in declared):
        infer_types(model)
    for value, old in declared.items():
        _keep_names(value, old, renamed)


def _describe_bodies(graph: ir.Graph, shapes: Shapes) -> None:
    for node in graph:
        describe_body_inputs(node, shapes)
        for _, body in bodies_of(node):
            _describe_bodies(body, shapes)


def _keep_names(value: ir.Value, old: tuple[Dim, ...] | None, renamed: Mapping[str, Dim]) -> None:
    new = dims_of(value.shape)
    if old is None:
        return
    known = [renamed.get(dim, dim) if isinstance(dim, str) else None for dim in old]
    if new is None:
        value.shape = ir.Shape(known)
    elif len(new) == len(old):
        value.shape = ir.Shape([kept if dim is None else dim for dim, kept in zip(new, known, strict=True)])
