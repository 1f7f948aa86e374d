"""Shapes of slices: constant bounds give sizes, beginnings up to a named size have a name of their own."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shape_rules.prefixes import cut_to_names
from modelwright.hub.shapes import Inferred, Shapes, shape_rule


@shape_rule("Slice")
def slice_(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Constant bounds give sizes; axes not cut keep theirs."""
    data = node.inputs[0]
    if data is None:
        return []
    dtype, shape = shapes.dtype(data), shapes.shape(data)
    if shape is None:
        return [(dtype, None)]
    bounds = slice_bounds(shapes, node)
    if bounds is None:
        return [(dtype, _cut_at_unknown(shapes, node, shape))]
    result = list(shape)
    for start, end, axis, step in bounds:
        result[axis] = _sliced(shape[axis], start, end, step)
    return [(dtype, tuple(result))]


def _cut_at_unknown(shapes: Shapes, node: ir.Node, shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
    starts, axes, steps = (_slice_bound(shapes, node, place) for place in (1, 3, 4))
    ends = shapes.contents(node.inputs[2]) if len(node.inputs) > 2 and node.inputs[2] is not None else None
    if starts is not None and ends is not None and ends.ndim == 1 and ends.size == len(starts):
        axes = axes if _has_bound(node, 3) else list(range(len(starts)))
        steps = steps if _has_bound(node, 4) else [1] * len(starts)
        if axes is not None and steps is not None:
            return cut_to_names(shape, axes, starts, ends.tolist(), steps)
    cut = set(range(len(shape))) if axes is None else {axis % len(shape) for axis in axes}
    return tuple(None if axis in cut else dim for axis, dim in enumerate(shape))


def slice_bounds(shapes: Shapes, node: ir.Node) -> list[tuple[int, int, int, int]] | None:
    """Start, end, axis and step of each axis that a Slice of any opset cuts; None unless all are constant."""
    starts, ends = _slice_bound(shapes, node, 1), _slice_bound(shapes, node, 2)
    if starts is None or ends is None or len(starts) != len(ends):
        return None
    axes = _slice_bound(shapes, node, 3) if _has_bound(node, 3) else list(range(len(starts)))
    steps = _slice_bound(shapes, node, 4) if _has_bound(node, 4) else [1] * len(starts)
    if axes is None or steps is None or len(axes) != len(starts) or len(steps) != len(starts):
        return None
    return list(zip(starts, ends, axes, steps, strict=True))


_SLICE_BOUNDS = {1: "starts", 2: "ends", 3: "axes", 4: "steps"}


def _has_bound(node: ir.Node, place: int) -> bool:
    return _SLICE_BOUNDS[place] in node.attributes or (len(node.inputs) > place and node.inputs[place] is not None)


def _slice_bound(shapes: Shapes, node: ir.Node, place: int) -> list[int] | None:
    """One of a Slice's lists: an attribute before opset 10, an input since; None if it is absent or not constant."""
    attribute = node.attributes.get(_SLICE_BOUNDS[place])
    if attribute is not None:
        return list(attribute.as_ints())
    value = node.inputs[place] if len(node.inputs) > place else None
    array = shapes.constant(value) if value is not None else None
    return None if array is None else [int(item) for item in array.reshape(-1)]


def _sliced(dim: Dim, start: int, end: int, step: int) -> Dim:
    if isinstance(dim, int):
        return len(range(*slice(start, end if end >= -dim or step > 0 else None, step).indices(dim)))
    forwards = start == 0 and step == 1 and end >= 2**31 - 1
    backwards = start == -1 and step == -1 and end < -(2**31)
    return dim if forwards or backwards else None
