"""Shape rules of If and Loop: what their bodies' outputs say."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shapes import Inferred, Shapes, shape_rule


def common_shape(shapes: Sequence[tuple[Dim, ...] | None]) -> tuple[Dim, ...] | None:
    """The dimensions in which all shapes agree, None in the others; None when a rank is unknown or differs."""
    first = shapes[0]
    if first is None or any(shape is None or len(shape) != len(first) for shape in shapes):
        return None
    columns = zip(*(shape for shape in shapes if shape is not None), strict=True)
    return tuple(sizes[0] if all(size == sizes[0] for size in sizes) else None for sizes in columns)


@shape_rule("If")
def if_(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """What both branches agree in."""
    branches = [node.attributes[name].as_graph() for name in ("then_branch", "else_branch")]
    return [
        (shapes.dtype(values[0]), common_shape([shapes.shape(value) for value in values]))
        for values in zip(*(branch.outputs for branch in branches), strict=False)
    ]


@shape_rule("Loop")
def loop(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Carried values keep what the first value and the body's result agree in; the others gain an axis of trips."""
    body = node.attributes["body"].as_graph()
    carried = len(node.inputs) - 2
    found: list[Inferred] = []
    for index, value in enumerate(body.outputs[1:]):
        shape = shapes.shape(value)
        if index < carried:
            first = node.inputs[index + 2]
            start = shapes.shape(first) if first is not None else None
            found.append((shapes.dtype(value), common_shape([shape, start])))
        else:
            found.append((shapes.dtype(value), None if shape is None else (None, *shape)))
    return found
