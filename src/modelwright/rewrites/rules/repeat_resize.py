"""Repeating every element along an axis, written as ``Tile`` of a new axis and ``Reshape``, is a nearest Resize."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.dtypes import FLOATS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("repeated elements to Resize", "Reshape", group=Group.RECOGNIZE, since=13)
def repeat_resize(context: RewriteContext, node: ir.Node) -> Outcome:
    """``reshape(tile([.., n, 1, ..], [.., 1, r, ..]), [.., n * r, ..])`` for images of four dimensions."""
    tile = context.producer(node.inputs[0], node, "Tile")
    data = tile.inputs[0] if tile is not None else None
    repeats, target = (context.ints(item.inputs[1]) if item is not None else None for item in (tile, node))
    shape = context.shape(data) if data is not None else None
    if tile is None or data is None or shape is None or repeats is None or target is None:
        return NotApplied("")
    if len(shape) != 5 or len(repeats) != 5 or context.shapes.dtype(data) not in FLOATS:
        return NotApplied("it is no image")
    places = [axis for axis, times in enumerate(repeats) if times != 1]
    if len(places) != 1 or places[0] < 2 or shape[places[0]] != 1 or not context.only_used_here(tile.outputs[0]):
        return NotApplied("it does not repeat along one new axis")
    place, times = places[0], repeats[places[0]]
    image: list[Dim] = [dim for axis, dim in enumerate(shape) if axis != place]
    sizes = [dim if isinstance(dim, int) else -1 for dim in image]
    wanted = list(sizes)
    wanted[place - 1] *= times
    if (
        -1 in sizes[1:]
        or 0 in sizes
        or [dim for dim in target[1:] if dim != 1] != [dim for dim in wanted[1:] if dim != 1]
    ):
        return NotApplied("the reshape does not join the repeats with their elements")
    if target[0] not in (-1, wanted[0]):
        return NotApplied("the reshape changes the batch")
    scales = np.ones(4, dtype=np.float32)
    scales[place - 1] = times
    op = context.before(node)
    attributes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    resized = op.Resize(op.reshape(data, sizes), None, scales, **attributes)
    return Applied((op.reshape(resized, target),))
