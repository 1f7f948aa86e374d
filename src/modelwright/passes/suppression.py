"""NonMaxSuppression as a Loop that takes the best box of every image and class in each turn, and what it covers away.

Source: the definition of NonMaxSuppression in the ONNX standard. As in ONNX Runtime, boxes without an area cover
nothing, and of equal scores the first counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder

Inside = Callable[[ir.Graph], OpsetBuilder]
"""What makes a builder that emits into a body."""

_NEVER = np.asarray(-np.inf, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boxes:
    """Bounds and areas of the boxes, each ``[images, boxes]``, and the boxes' numbers, ``[boxes]``."""

    bottom: ir.Value
    left: ir.Value
    top: ir.Value
    right: ir.Value
    area: ir.Value
    numbers: ir.Value


def suppressed(node: ir.Node, op: OpsetBuilder, inside: Inside) -> tuple[ir.Value]:
    """Emits what takes the place of a NonMaxSuppression.

    Args:
        node: The node.
        op: Emits in front of it.
        inside: Makes a builder for the body of the Loop.

    Raises:
        ConversionError: Boxes or scores are missing.
    """
    values = [*node.inputs, *[None] * 5]
    boxes, scores, most, overlap, least = values[:5]
    if boxes is None or scores is None:
        raise ConversionError("boxes or scores are missing")
    centred = node.attributes.get("center_point_box")
    found = _bounds(op, boxes, centred=centred is not None and bool(centred.as_int()))
    limit = op.reshape(op.ints(0) if most is None else op.cast(most, ir.DataType.INT64), [])
    bound = op.reshape(op.constant(np.zeros(1, np.float32)) if overlap is None else overlap, [])
    begun = scores if least is None else op.Where(op.Greater(scores, op.reshape(least, [])), scores, _NEVER)
    body = _turn(op, found, scores, (limit, bound), inside)
    turns = op.Max(limit, np.asarray(1, np.int64))
    _, rows = op.Loop(turns, np.asarray(True), begun, body=body, outputs=2)
    return (_selected(op, rows),)


def _bounds(op: OpsetBuilder, boxes: ir.Value, *, centred: bool) -> _Boxes:
    """Two corners in any order, rows before columns, or centre and size, columns before rows."""
    one, two, three, four = (op.gather(boxes, number, 2) for number in range(4))
    if centred:
        half = np.asarray(0.5, np.float32)
        width, height = op.Mul(three, half), op.Mul(four, half)
        left, right = op.Sub(one, width), op.Add(one, width)
        bottom, top = op.Sub(two, height), op.Add(two, height)
    else:
        bottom, top = op.Min(one, three), op.Max(one, three)
        left, right = op.Min(two, four), op.Max(two, four)
    count = op.reshape(op.dim_of(boxes, 1), [])
    return _Boxes(
        bottom=bottom,
        left=left,
        top=top,
        right=right,
        area=op.Mul(op.Sub(top, bottom), op.Sub(right, left)),
        numbers=op.Range(np.asarray(0, np.int64), count, np.asarray(1, np.int64)),
    )


def _turn(
    op: OpsetBuilder, boxes: _Boxes, scores: ir.Value, bounds: tuple[ir.Value, ir.Value], inside: Inside
) -> ir.Graph:
    """The body: it carries the scores of the boxes that are left, and gives the number of each best box plus one."""
    turn = _input(op, "turn", ir.DataType.INT64, ())
    going = _input(op, "going", ir.DataType.BOOL, ())
    left = _input(op, "left", ir.DataType.FLOAT, op.shape(scores))
    body = ir.Graph([turn, going, left], [], nodes=[], opset_imports=op.graph.opset_imports)
    body.name = op.names.unique(f"{op.origin}/turn")
    inner = inside(body)
    limit, bound = bounds
    best = inner.reduce("ReduceMax", left, [2], keepdims=False)
    place = inner.ArgMax(left, axis=2, keepdims=0)
    valid = inner.And(inner.Greater(best, _NEVER), inner.Less(turn, limit))
    gone = inner.Or(_covered(inner, boxes, place, bound), inner.Equal(boxes.numbers, inner.unsqueeze(place, [2])))
    row = inner.Where(valid, inner.Add(place, np.asarray(1, np.int64)), np.asarray(0, np.int64))
    some = inner.Greater(inner.reduce("ReduceMax", row, None, keepdims=False), np.asarray(0, np.int64))
    body.outputs.extend([some, inner.Where(gone, _NEVER, left), row])
    return body


def _covered(op: OpsetBuilder, boxes: _Boxes, place: ir.Value, bound: ir.Value) -> ir.Value:
    """Which boxes overlap too much with the one at ``place[images, classes]``: bool[images, classes, boxes]."""

    def pair(values: ir.Value) -> tuple[ir.Value, ir.Value]:
        own = op.GatherElements(values, place, axis=1)
        return op.unsqueeze(values, [1]), op.unsqueeze(own, [2])

    none = np.asarray(0, np.float32)
    height = op.Max(op.Sub(op.Min(*pair(boxes.top)), op.Max(*pair(boxes.bottom))), none)
    width = op.Max(op.Sub(op.Min(*pair(boxes.right)), op.Max(*pair(boxes.left))), none)
    both = op.Mul(height, width)
    together = op.Sub(op.Add(*pair(boxes.area)), both)
    return op.And(op.Greater(both, none), op.Greater(op.Div(both, together), bound))


def _selected(op: OpsetBuilder, rows: ir.Value) -> ir.Value:
    """Image, class and box of what was found in each turn, ``[turns, images, classes]``: int64[selected, 3]."""
    found = op.transpose(rows, [1, 2, 0])
    places = op.transpose(op.NonZero(found), [1, 0])
    number = op.Sub(op.GatherND(found, places), np.asarray(1, np.int64))
    return op.concat([op.gather(places, [0, 1], 1), op.unsqueeze(number, [1])], 1)


def _input(op: OpsetBuilder, name: str, dtype: ir.DataType, shape: tuple[int | str | None, ...] | None) -> ir.Value:
    return ir.Value(
        name=op.names.unique(f"{op.origin}/{name}"),
        type=ir.TensorType(dtype),
        shape=None if shape is None else ir.Shape(shape),
    )
