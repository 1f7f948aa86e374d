"""Folds ``y * scale + shift`` for each channel into the convolution or matrix product that makes ``y``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.hub.builder import OpBuilder
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext, source_of
from modelwright.rewrites.rule import NotApplied
from modelwright.rewrites.tensors import derived, sizes_of
from modelwright.rewrites.uniform import Uniform, emit_uniform, is_uniform, uniform_of


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
    sizes = weight.shape if isinstance(weight, Uniform) else sizes_of(weight)
    channels = sizes[1] * group if transposed else sizes[0]
    if any(part is not None and part.size not in (1, channels) for part in (affine.scale, affine.shift)):
        return NotApplied("the constants do not fit the channels")
    if isinstance(weight, Uniform) and transposed and affine.scale is not None and not is_uniform(affine.scale):
        return NotApplied("the weights are not written out")
    op = context.before(node)
    op.origin = source_of(convolution)
    kernel = cast("ir.Value", convolution.inputs[1])
    if affine.scale is not None:
        scale = np.broadcast_to(affine.scale, (channels,)) * _scale_so_far(context, kernel)
        kernel = _emit_kernel(op, weight, scale, group if transposed else 0, kernel.name or "weight")
    constant = _emit_bias(op, folded_bias(bias, affine, channels), weight)
    attributes = {name: attribute.value for name, attribute in convolution.attributes.items()}
    return cast("ir.Value", op.emit(convolution.op_type, [convolution.inputs[0], kernel, constant], attributes))


def _emit_kernel(
    op: OpBuilder, weight: ir.TensorProtocol | Uniform, scale: np.ndarray, group: int, name: str
) -> ir.Value:
    """The weights times a scale for each channel; ``group`` is 0 for a Conv."""
    if isinstance(weight, Uniform):
        return _emit_generated(op, weight, scale)
    rank = len(weight.shape)
    shaped = _for_transposed(scale, group, rank) if group else scale.reshape(-1, *[1] * (rank - 1))
    compute = partial(_scaled, scale=shaped, group=group)
    return op.initializer(derived([weight], sizes_of(weight), compute), name=name)


def _emit_generated(op: OpBuilder, weight: Uniform, scale: np.ndarray) -> ir.Value:
    """Weights of one number stay generated; where the channels differ, a Mul makes them, once when the model loads."""
    if is_uniform(scale):
        number = np.asarray(weight.number * scale[0]).astype(weight.number.dtype)
        return emit_uniform(op, Uniform(shape=weight.shape, number=number))
    shaped = scale.astype(weight.number.dtype).reshape(-1, *[1] * (len(weight.shape) - 1))
    return op.Mul(emit_uniform(op, weight), op.constant(shaped))


def _emit_bias(op: OpBuilder, shift: np.ndarray | None, weight: ir.TensorProtocol | Uniform) -> ir.Value | None:
    """The bias in the dtype of the weights; one number stays one number where the weights are one."""
    if shift is None:
        return None
    if not isinstance(weight, Uniform):
        return op.constant(shift.astype(weight.dtype.numpy()))
    if not is_uniform(shift):
        return op.constant(shift.astype(weight.number.dtype))
    return emit_uniform(op, Uniform(shape=shift.shape, number=np.asarray(shift[0], weight.number.dtype)))


def _weights(
    context: RewriteContext, node: ir.Node
) -> tuple[ir.TensorProtocol | Uniform, np.ndarray | None] | NotApplied:
    if not context.only_used_here(node.outputs[0]):
        return NotApplied("the result is also used elsewhere")
    value = node.inputs[1]
    weight = context.tensor(value) or uniform_of(context, _generator(context, value))
    bias_value = node.inputs[2] if len(node.inputs) > 2 else None
    bias = _bias(context, bias_value)
    if weight is None or value is None or (bias_value is not None and bias is None):
        return NotApplied("the weights are not constants")
    if not isinstance(weight, Uniform) and weight.size > SMALL_CONSTANT and len(value.uses()) > 1:
        return NotApplied("the weights are shared with another node")
    if context.shapes.dtype(value) not in FLOATS:
        return NotApplied("the weights are not floating point")
    return weight, bias


def _generator(context: RewriteContext, value: ir.Value | None) -> ir.Value | None:
    """What generates the number of weights that ``_emit_generated`` wrote; else the value itself."""
    product = None if value is None else value.producer()
    if product is None or product.op_type != "Mul" or product.domain:
        return value
    uniform, scale = uniform_of(context, product.inputs[0]), context.array(product.inputs[1])
    rank = 0 if uniform is None else len(uniform.shape)
    fits = uniform is not None and scale is not None and scale.shape == (uniform.shape[0], *[1] * (rank - 1))
    return product.inputs[0] if fits else value


def _scale_so_far(context: RewriteContext, kernel: ir.Value) -> np.ndarray:
    """The scale by channel that generated weights have already; 1 for others."""
    product = kernel.producer()
    if product is None or _generator(context, kernel) is kernel:
        return np.ones(1)
    scale = context.array(product.inputs[1])
    return np.ones(1) if scale is None else scale.reshape(-1).astype(np.float64)


def _bias(context: RewriteContext, value: ir.Value | None) -> np.ndarray | None:
    tensor, uniform = context.tensor(value), uniform_of(context, value)
    return tensor.numpy() if tensor is not None else uniform.array() if uniform is not None else None


def folded_bias(bias: np.ndarray | None, affine: Affine, channels: int) -> np.ndarray | None:
    """``bias * scale + shift`` for each of ``channels``, in float64; None when there is nothing to add."""
    if bias is None and affine.shift is None:
        return None
    total = np.zeros(channels) if bias is None else np.broadcast_to(bias.astype(np.float64), (channels,))
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
