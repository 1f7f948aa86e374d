"""Elementwise work moves in front of a Squeeze, towards the convolution it can be folded into.

The values are the same ones in the same order, only the shape differs while they are computed. A Squeeze that has
passed all elementwise layers meets the next Unsqueeze, and both go.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.structure import axes_of
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite

_OPERATORS = (
    "Abs Add Cast Clip Div Elu Erf Exp Gelu HardSigmoid HardSwish LeakyRelu Mul Neg PRelu Relu Selu Sigmoid Softplus "
    "Softsign Sqrt Sub Tanh"
).split()


@rewrite("Squeeze behind elementwise", *_OPERATORS, group=Group.FUSE)
def squeeze_last(context: RewriteContext, node: ir.Node) -> Outcome:
    """Every operand is squeezed alike, a small constant, or left out."""
    squeezes = [context.producer(value, node, "Squeeze") for value in node.inputs]
    first = next((item for item in squeezes if item is not None), None)
    data = first.inputs[0] if first is not None else None
    rank = context.rank(data) if data is not None else None
    given = axes_of(context.shapes, first) if first is not None else None
    if first is None or rank is None or not given:
        return NotApplied("")
    axes = sorted(axis % rank for axis in given)
    operands: list[ir.Value | np.ndarray | None] = []
    for value, squeeze in zip(node.inputs, squeezes, strict=True):
        operand = _unsqueezed(context, value, squeeze, axes, rank)
        if value is not None and operand is None:
            return NotApplied("an operand is neither squeezed alike nor a small constant")
        operands.append(operand)
    op = context.before(node)
    attributes = {name: attribute.value for name, attribute in node.attributes.items()}
    result = op.emit(node.op_type, operands, attributes)
    if not isinstance(result, ir.Value):
        return NotApplied("")
    return Applied((op.squeeze(result, axes),))


def _unsqueezed(
    context: RewriteContext, value: ir.Value | None, squeeze: ir.Node | None, axes: list[int], rank: int
) -> ir.Value | np.ndarray | None:
    """The operand as it was before the Squeeze, or a constant in that rank; None if it is neither."""
    if value is None:
        return None
    if squeeze is not None:
        source = squeeze.inputs[0]
        same = source is not None and context.rank(source) == rank and context.only_used_here(value)
        own = axes_of(context.shapes, squeeze) if same else None
        return source if own is not None and sorted(axis % rank for axis in own) == axes else None
    array = context.array(value)
    if array is None or array.ndim > rank - len(axes):
        return None
    if array.ndim == 0:
        return array
    full = array.reshape((1,) * (rank - len(axes) - array.ndim) + array.shape)
    return np.expand_dims(full, tuple(axes))
