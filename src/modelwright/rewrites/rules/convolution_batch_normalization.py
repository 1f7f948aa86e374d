"""Conv or ConvTranspose followed by BatchNormalization: the scale goes into the weights, the rest into the bias."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.affine import Affine, fold_into_convolution
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.normalization import batch_normalization_affine
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Conv + BatchNormalization", "BatchNormalization", group=Group.FUSE)
def convolution_batch_normalization(context: RewriteContext, node: ir.Node) -> Outcome:
    """``(conv(x) - mean) * scale + beta`` with ``scale = gamma / sqrt(var + epsilon)`` is a convolution."""
    convolution = context.producer(node.inputs[0], node, "Conv", "ConvTranspose")
    if convolution is None:
        return NotApplied("")
    affine = batch_normalization_affine(context, node)
    if not isinstance(affine, Affine):
        return affine
    folded = fold_into_convolution(context, node, convolution, affine)
    return folded if isinstance(folded, NotApplied) else Applied((folded,))
