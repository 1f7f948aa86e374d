"""Folds ``y * scale + shift`` for each channel into the convolution or matrix product that makes ``y``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext, source_of
from modelwright.rewrites.rule import NotApplied
from modelwright.rewrites.tensors import derived, sizes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine:
    """``y = x * scale + shift`` along the channels.

    Attributes:
        scale: ``[C]`` or ``[1]``, float64; None for 1.
        shift: ``[C]`` or ``[1]``, float64; None for 0.
    """

    scale: np.ndarray | None
    shift: np.ndarray | None


def fold_into_convolution(
    context: RewriteContext, node: ir.Node, convolution: ir.Node, affine: Affine
) -> ir.Value | NotApplied:
    """Emits, before ``node``, a convolution that also does ``affine``.

    Args:
        context: The model.
        node: Whose output the new convolution's output will replace.
        convolution: Conv or ConvTranspose that feeds ``node``.
        affine: For each output channel.

    Returns:
        The new output, or why it cannot be.
    """
    found = _weights(context, convolution)
    if isinstance(found, NotApplied):
        return found
    weight, bias = found
    group = flag(convolution, "group", 1)
    transposed = convolution.op_type == "ConvTranspose"
    sizes = sizes_of(weight)
    channels = sizes[1] * group if transposed else sizes[0]
    if any(part is not None and part.size not in (1, channels) for part in (affine.scale, affine.shift)):
        return NotApplied("the constants do not fit the channels")
    op = context.before(node)
    op.origin = source_of(convolution)
    kernel = cast("ir.Value", convolution.inputs[1])
    if affine.scale is not None:
        scale = np.broadcast_to(affine.scale, (channels,))
        shaped = _for_transposed(scale, group, len(sizes)) if transposed else scale.reshape(-1, *[1] * (len(sizes) - 1))
        compute = partial(_scaled, scale=shaped, group=group if transposed else 0)
        tensor = derived([weight], sizes, compute)
        kernel = op.initializer(tensor, name=kernel.name or "weight")
    shift = folded_bias(bias, affine, channels)
    attributes = {name: attribute.value for name, attribute in convolution.attributes.items()}
    constant = op.constant(shift.astype(weight.dtype.numpy())) if shift is not None else None
    return cast("ir.Value", op.emit(convolution.op_type, [convolution.inputs[0], kernel, constant], attributes))


def _weights(context: RewriteContext, node: ir.Node) -> tuple[ir.TensorProtocol, ir.TensorProtocol | None] | NotApplied:
    if not context.only_used_here(node.outputs[0]):
        return NotApplied("the result is also used elsewhere")
    value = node.inputs[1]
    weight = context.tensor(value)
    bias_value = node.inputs[2] if len(node.inputs) > 2 else None
    bias = context.tensor(bias_value)
    if weight is None or value is None or (bias_value is not None and bias is None):
        return NotApplied("the weights are not constants")
    if weight.size > SMALL_CONSTANT and len(value.uses()) > 1:
        return NotApplied("the weights are shared with another node")
    if weight.dtype not in FLOATS:
        return NotApplied("the weights are not floating point")
    return weight, bias


def folded_bias(bias: ir.TensorProtocol | None, affine: Affine, channels: int) -> np.ndarray | None:
    """``bias * scale + shift`` for each of ``channels``, in float64; None when there is nothing to add."""
    if bias is None and affine.shift is None:
        return None
    total = np.zeros(channels) if bias is None else np.broadcast_to(bias.numpy().astype(np.float64), (channels,))
    if affine.scale is not None:
        total = total * affine.scale
    if affine.shift is not None:
        total = total + affine.shift
    return total


def _for_transposed(scale: np.ndarray, group: int, rank: int) -> np.ndarray:
    """Scale of a ConvTranspose weight ``[C_in, C_out / group, ...]``, as ``[group, 1, C_out / group, 1, ...]``."""
    return scale.reshape(group, 1, -1, *[1] * (rank - 2))


def _scaled(weight: np.ndarray, scale: np.ndarray, group: int) -> np.ndarray:
    """The weight times a scale that broadcasts; ``group`` is 0 for a Conv, else splits the input channels."""
    wide = np.float64 if weight.size <= SMALL_CONSTANT or weight.dtype == np.float64 else np.float32
    if not group:
        return (weight * scale.astype(wide)).astype(weight.dtype)
    split = weight.reshape(group, weight.shape[0] // group, *weight.shape[1:])
    return (split * scale.astype(wide)).astype(weight.dtype).reshape(weight.shape)
