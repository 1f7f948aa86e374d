"""A matrix product with constant weights followed by a scale for each column, or by BatchNormalization."""

from __future__ import annotations

from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS
from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.affine import Affine, folded_bias
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext, source_of
from modelwright.rewrites.matching import along_axis, split_constant
from modelwright.rewrites.normalization import batch_normalization_affine
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite
from modelwright.rewrites.rules.convolution_affine import affine_of
from modelwright.rewrites.tensors import derived, sizes_of


@rewrite("MatMul + scale by column", "Mul", "Div", "BatchNormalization", group=Group.FUSE)
def matrix_affine(context: RewriteContext, node: ir.Node) -> Outcome:
    """The scale goes into the weights; a shift into Gemm's bias or an Add behind MatMul."""
    found = _product_and_affine(context, node)
    if isinstance(found, NotApplied):
        return found
    product, affine = found
    weight_value, columns = cast("ir.Value", product.inputs[1]), _columns(context, product)
    weight, bias_value = context.tensor(weight_value), product.inputs[2] if len(product.inputs) > 2 else None
    bias = context.tensor(bias_value)
    if weight is None or weight.dtype not in FLOATS or columns is None or (bias_value is not None and bias is None):
        return NotApplied("the weights are not constants")
    if weight.size > SMALL_CONSTANT and len(weight_value.uses()) > 1:
        return NotApplied("the weights are shared with another node")
    if not context.only_used_here(product.outputs[0]):
        return NotApplied("the product is also used elsewhere")
    if any(part is not None and part.size not in (1, columns) for part in (affine.scale, affine.shift)):
        return NotApplied("the constants do not fit the columns")
    scaled_bias = None
    if bias is None or bias.size in (1, columns):
        scaled_bias = folded_bias(None if bias is None else bias.numpy(), affine, columns)
    if bias is not None and scaled_bias is None:
        return NotApplied("the bias varies along the rows")
    op = context.before(node)
    op.origin = source_of(product)
    kernel = op.initializer(_scaled(weight, affine, flag(product, "transB")), name=weight_value.name or "weight")
    constant = op.constant(scaled_bias.astype(weight.dtype.numpy())) if scaled_bias is not None else None
    attributes = {name: attribute.value for name, attribute in product.attributes.items()}
    if product.op_type == "Gemm":
        return Applied((op.Gemm(product.inputs[0], kernel, constant, **attributes),))
    result = op.MatMul(product.inputs[0], kernel)
    return Applied((op.Add(result, constant) if constant is not None else result,))


def _product_and_affine(context: RewriteContext, node: ir.Node) -> tuple[ir.Node, Affine] | NotApplied:
    normalizes = node.op_type == "BatchNormalization"
    operands = None if normalizes else split_constant(context, node)
    value = node.inputs[0] if normalizes else operands[0] if operands is not None else None
    product = context.producer(value, node, "MatMul", "Gemm")
    if product is None or value is None:
        return NotApplied("")
    attributes = product.attributes
    if any(name in attributes and attributes[name].as_float() != 1.0 for name in ("alpha", "beta")):
        return NotApplied("Gemm has factors of its own")
    rank = context.rank(value)
    if normalizes:
        found = batch_normalization_affine(context, node) if rank == 2 else NotApplied("the channels are not columns")
        return found if isinstance(found, NotApplied) else (product, found)
    array = context.array(operands[1]) if operands is not None else None
    constant = along_axis(array, rank, rank - 1) if array is not None and rank else None
    affine = (
        affine_of(node.op_type, constant, constant_first=operands[2] == 0)
        if constant is not None and operands
        else None
    )
    return (product, affine) if affine is not None else NotApplied("the constant does not vary along the columns only")


def _columns(context: RewriteContext, product: ir.Node) -> int | None:
    weight = context.tensor(product.inputs[1])
    if weight is None or len(weight.shape) != 2:
        return None
    return sizes_of(weight)[0 if flag(product, "transB") else 1]


def _scaled(weight: ir.TensorProtocol, affine: Affine, transposed: int) -> ir.TensorProtocol:
    scale = affine.scale if affine.scale is not None else np.ones(1)
    factor = (scale.reshape(-1, 1) if transposed else scale.reshape(1, -1)).astype(np.float32)

    def compute(array: np.ndarray) -> np.ndarray:
        return (array * factor).astype(array.dtype)

    return derived([weight], sizes_of(weight), compute)
