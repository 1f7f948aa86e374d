"""Parts of a model in float16."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shapes import dims_of
from modelwright.quantize.params import Placement


def halve(model: ir.Model, placement: Placement) -> None:
    """Lets the nodes that a placement names compute in float16 where their numbers allow it; inputs and outputs stay.

    Args:
        model: Changed in place.
        placement: Its ``halves``.
    """
    if not placement.halves:
        return
    from modelwright.passes.precision.safe import narrow_where_safe

    wanted = set(placement.halves)
    keep = [node.name or "" for node in model.graph if node.name not in wanted]
    shapes = {
        value.name or "": [dim if isinstance(dim, int) else 1 for dim in dims_of(value.shape) or ()]
        for value in model.graph.inputs
    }
    narrow_where_safe(model, ir.DataType.FLOAT16, keep=keep, keep_io=True, shapes=shapes)
