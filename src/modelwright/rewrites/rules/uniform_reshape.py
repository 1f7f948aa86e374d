"""A ConstantOfShape that is reshaped, transposed, cast or cut is a ConstantOfShape."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS, INTEGERS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite
from modelwright.rewrites.uniform import Uniform, emit_uniform, uniform_of

_MOVES = ("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Identity", "Expand", "Tile", "Slice", "Cast")


@rewrite("moved uniform tensor", *_MOVES, since=9)
def uniform_reshape(context: RewriteContext, node: ir.Node) -> Outcome:
    """All elements are the same number, whatever their order; only the shape, or the dtype, is another one."""
    uniform = uniform_of(context, node.inputs[0])
    shape = context.shapes.static_shape(node.outputs[0]) if uniform is not None else None
    dtype = context.shapes.dtype(node.outputs[0])
    if uniform is None or shape is None or dtype is None or node.outputs[0].is_graph_output():
        return NotApplied("")
    if node.op_type == "Cast" and dtype not in FLOATS:
        return NotApplied("only casts between floating point types are the same everywhere")
    if dtype not in FLOATS | INTEGERS and dtype is not ir.DataType.BOOL:
        return NotApplied("a type that ConstantOfShape does not make")
    number = np.asarray(uniform.number.astype(dtype.numpy()))
    return Applied((emit_uniform(context.before(node), Uniform(shape=shape, number=number)),))
