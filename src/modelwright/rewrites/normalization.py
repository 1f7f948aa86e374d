"""BatchNormalization in inference is one multiplication and one addition for each channel."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.affine import Affine
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import NotApplied
from modelwright.rewrites.uniform import uniform_of

_DEFAULT_EPSILON = 1e-5


def batch_normalization_affine(context: RewriteContext, node: ir.Node) -> Affine | NotApplied:
    """``scale`` and ``shift`` for each channel, in float64.

    ``y = gamma * (x - mean) / sqrt(var + epsilon) + beta`` (Ioffe and Szegedy 2015) is ``x * scale + shift`` with
    ``scale = gamma / sqrt(var + epsilon)`` and ``shift = beta - mean * scale``.
    """
    if flag(node, "training_mode") or any(output.uses() or output.is_graph_output() for output in node.outputs[1:]):
        return NotApplied("the normalization runs in training mode")
    found = [_statistic(context, value) for value in node.inputs[1:5]]
    arrays = [array.astype(np.float64) for array in found if array is not None]
    if len(arrays) != 4:
        return NotApplied("the statistics are not constants")
    gamma, beta, mean, variance = arrays
    attribute = node.attributes.get("epsilon")
    epsilon = attribute.as_float() if attribute is not None else _DEFAULT_EPSILON
    scale = gamma / np.sqrt(variance + epsilon)
    shift = beta - mean * scale
    if not (np.all(np.isfinite(scale)) and np.all(np.isfinite(shift))):
        return NotApplied("the statistics are not finite")
    return Affine(scale=scale, shift=shift)


def _statistic(context: RewriteContext, value: ir.Value | None) -> np.ndarray | None:
    tensor, uniform = context.tensor(value), uniform_of(context, value)
    return tensor.numpy() if tensor is not None else uniform.array() if uniform is not None else None
