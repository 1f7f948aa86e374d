"""Conv or ConvTranspose followed by an addition, multiplication, subtraction or division for each channel."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.affine import Affine, fold_into_convolution
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import along_axis, split_constant
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite
from modelwright.rewrites.uniform import constant_array


@rewrite("Conv + arithmetic by channel", "Add", "Sub", "Mul", "Div", group=Group.FUSE)
def convolution_affine(context: RewriteContext, node: ir.Node) -> Outcome:
    """The constant goes into the weights and the bias."""
    found = split_constant(context, node)
    if found is None:
        return NotApplied("")
    convolution = context.producer(found[0], node, "Conv", "ConvTranspose")
    if convolution is None:
        return NotApplied("")
    rank = context.rank(found[0]) or context.rank(convolution.inputs[1] or found[0])
    array = constant_array(context, found[1])
    constant = along_axis(array, rank, 1) if array is not None and rank is not None else None
    if constant is None:
        return NotApplied("the constant does not vary along the channels only")
    affine = affine_of(node.op_type, constant, constant_first=found[2] == 0)
    if affine is None:
        return NotApplied("a division by zero, or of a constant")
    folded = fold_into_convolution(context, node, convolution, affine)
    return folded if isinstance(folded, NotApplied) else Applied((folded,))


def affine_of(op_type: str, constant: np.ndarray, *, constant_first: bool) -> Affine | None:
    """The scale and shift that an arithmetic operator with a constant means; None if it is not affine or not finite."""
    if op_type == "Add":
        return Affine(scale=None, shift=constant)
    if op_type == "Mul":
        return Affine(scale=constant, shift=None)
    if op_type == "Sub":
        return Affine(scale=np.full(1, -1.0), shift=constant) if constant_first else Affine(scale=None, shift=-constant)
    if constant_first or np.any(constant == 0):
        return None
    return Affine(scale=1.0 / constant, shift=None)
