"""Along which axis of a weight its operator keeps channels apart, for scales of their own, and along which it adds."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag

_MATRIX = 2


def weight_axis(node: ir.Node, place: int) -> int | None:
    """The axis of the output channels of a product's weight; None where one scale must do.

    Args:
        node: Conv, ConvTranspose, Gemm or MatMul.
        place: Position of the weight among its inputs.
    """
    weight = node.inputs[place]
    rank = 0 if weight is None or weight.const_value is None else len(weight.const_value.shape)
    if node.op_type == "Conv":
        return 0
    if node.op_type == "ConvTranspose":
        return 1 if flag(node, "group", 1) == 1 else None
    if node.op_type == "Gemm":
        return 0 if flag(node, "transB") else 1
    return 1 if rank == _MATRIX and place == 1 else None


def summed_axes(node: ir.Node, place: int) -> tuple[int, ...]:
    """The axes of a weight along which a product of integers adds, in the order in which ONNX Runtime does.

    A convolution adds over the places of its kernel and, at each, over the channels of its group. Depthwise ones have
    kernels of their own, which add one product at a time.

    Args:
        node: A product.
        place: Position of the weight among its inputs.

    Returns:
        Axes, the last one fastest; () for weights that are not added in pairs.
    """
    weight = node.inputs[place]
    sizes = () if weight is None or weight.const_value is None else tuple(weight.const_value.shape.numpy())
    if place != 1 or not sizes:
        return ()
    if node.op_type == "Conv":
        return () if flag(node, "group", 1) == sizes[0] > 1 else (*range(2, len(sizes)), 1)
    if node.op_type == "Gemm":
        return (1,) if flag(node, "transB") else (0,)
    return (max(len(sizes) - 2, 0),) if node.op_type == "MatMul" else ()


def block_axis(node: ir.Node, place: int) -> int | None:
    """The axis along which a matrix product sums, for scales in blocks; None where the weight is no matrix.

    Args:
        node: A product.
        place: Position of the weight among its inputs.
    """
    weight = node.inputs[place]
    rank = 0 if weight is None or weight.const_value is None else len(weight.const_value.shape)
    if rank != _MATRIX or node.op_type not in ("Gemm", "MatMul"):
        return None
    return 1 if flag(node, "transB") or place == 0 else 0
