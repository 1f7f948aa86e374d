"""Products of int8 in models with Q/DQ: which there are, and what they hold.

Source: Huawei's guide to AMCT. Weights of Conv and ConvTranspose have a scale for each channel or one in all, those of
Gemm and MatMul one in all. Zero points are 0: how a compiler makes up for others is not documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.tensors import stored_array

PRODUCTS: Final = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""The operators."""

_CHANNELS: Final = {"Conv": 0, "ConvTranspose": 1}
"""The axis of a weight's output channels, where each may have a scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product whose operands are int8.

    Attributes:
        node: The node.
        data: What is quantized before it.
        scale: That one's scale.
        weight: Its weights, int8.
        scales: Their scales, one or one a channel.
        bias: In the product of the scales, int32; None without one.
    """

    node: ir.Node
    data: ir.Value
    scale: np.float32
    weight: np.ndarray
    scales: np.ndarray
    bias: np.ndarray | None


def products(graph: ir.Graph) -> Iterator[Product]:
    """The products of int8 that the compiler takes, in order."""
    found = (product_of(node) for node in graph)
    return (product for product in found if product is not None)


def product_of(node: ir.Node) -> Product | None:
    """What a node computes in int8, or None."""
    if not is_operator(node, *PRODUCTS):
        return None
    data, weight = node.inputs[0], node.inputs[1]
    before, stored = _activation(data), stored_integers(weight)
    if before is None or stored is None or stored[0].dtype != np.int8 or not _plain(node):
        return None
    (value, scale), (integers, scales, axis) = before, stored
    if scales.size > 1 and (node.op_type not in _CHANNELS or axis != _CHANNELS[node.op_type]):
        return None
    if scales.size > 1 and node.op_type == "ConvTranspose" and flag(node, "group", 1) > 1:
        return None
    third = node.inputs[2] if len(node.inputs) > 2 else None
    bias = None if third is None else _bias(third, scale * scales)
    if third is not None and bias is None:
        return None
    return Product(node=node, data=value, scale=scale, weight=integers, scales=scales, bias=bias)


def _plain(node: ir.Node) -> bool:
    """Whether a Gemm is nothing but a product and a sum, and a matrix product has a matrix on the right."""
    factors = [node.attributes[name].as_float() for name in ("alpha", "beta") if name in node.attributes]
    turned = "transA" in node.attributes and node.attributes["transA"].as_int() != 0
    weight = node.inputs[1]
    matrix = node.op_type != "MatMul" or (weight is not None and weight.shape is not None and len(weight.shape) == 2)
    return all(factor == 1 for factor in factors) and not turned and matrix


def _activation(value: ir.Value | None) -> tuple[ir.Value, np.float32] | None:
    """What a pair of Q and DQ with one scale and the zero point 0 quantizes to int8, and that scale."""
    second = None if value is None else value.producer()
    first = second.inputs[0].producer() if second is not None and second.inputs[0] is not None else None
    if (
        second is None
        or first is None
        or not (is_operator(second, "DequantizeLinear") and is_operator(first, "QuantizeLinear"))
    ):
        return None
    scales, data = [stored_array(node.inputs[1]) for node in (first, second)], first.inputs[0]
    zeros = [stored_array(node.inputs[2]) if len(node.inputs) > 2 else None for node in (first, second)]
    if data is None or any(scale is None or scale.size != 1 for scale in scales):
        return None
    if any(zero is None or zero.dtype != np.int8 or zero.any() for zero in zeros):
        return None
    one, two = (np.float32(scale.reshape(-1)[0]) for scale in scales if scale is not None)
    return (data, one) if one == two else None


def stored_integers(value: ir.Value | None) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Integers, scales and axis of stored weights whose zero points are 0."""
    node = None if value is None else value.producer()
    if node is None or not is_operator(node, "DequantizeLinear"):
        return None
    integers, scales = stored_array(node.inputs[0]), stored_array(node.inputs[1])
    zeros = stored_array(node.inputs[2]) if len(node.inputs) > 2 and node.inputs[2] is not None else None
    if integers is None or scales is None or scales.ndim > 1 or (zeros is not None and zeros.any()):
        return None
    axis = node.attributes["axis"].as_int() if "axis" in node.attributes else 1
    return integers, scales.reshape(-1).astype(np.float32), axis % max(integers.ndim, 1)


def _bias(value: ir.Value, scales: np.ndarray) -> np.ndarray | None:
    """A bias as int32 in the product of the scales; None where it is computed or does not fit."""
    stored, plain = stored_integers(value), stored_array(value)
    if stored is not None and stored[0].dtype == np.int32:
        real = stored[0].astype(np.float64) * stored[1]
    elif plain is not None and plain.dtype == np.float32:
        real = plain.astype(np.float64)
    else:
        return None
    integers = np.rint(real.reshape(-1) / scales)
    limits = np.iinfo(np.int32)
    fits = real.ndim <= 1 and bool((integers >= limits.min).all() and (integers <= limits.max).all())
    return integers.astype(np.int32) if fits else None


def is_operator(node: ir.Node, *op_types: str) -> bool:
    """Whether a node is one of these operators of the default domain."""
    return not node.domain and node.op_type in op_types
