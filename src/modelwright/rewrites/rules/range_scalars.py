"""Range of vectors of one element, which exporters write and ONNX does not allow, gets scalars."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("Range of scalars", "Range")
def range_scalars(context: RewriteContext, node: ir.Node) -> Outcome:
    """Runtimes take the element of a vector while its shape is unknown to them; now that it is known, so does this."""
    shapes = [context.shape(value) if value is not None else None for value in node.inputs]
    if all(shape != (1,) for shape in shapes) or any(shape not in ((), (1,), None) for shape in shapes):
        return NotApplied("")
    op = context.before(node)
    operands: list[ir.Value | np.ndarray | None] = []
    for value, shape in zip(node.inputs, shapes, strict=True):
        array = context.array(value)
        if value is None or shape != (1,):
            operands.append(value)
        else:
            operands.append(array.reshape(()) if array is not None else op.squeeze(value, [0]))
    return Applied((op.Range(*operands),))
