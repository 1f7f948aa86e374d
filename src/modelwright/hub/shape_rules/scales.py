"""Shapes of what turns floats into integers with a scale, and back: the input's."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shape_rules.windows import flag
from modelwright.hub.shapes import Inferred, Shapes, shape_rule

_ZERO_POINT = 2


@shape_rule("QuantizeLinear")
def quantize_linear(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The dtype of the zero point or that asked for, uint8 without either; the input's shape."""
    zero = node.inputs[_ZERO_POINT] if len(node.inputs) > _ZERO_POINT else None
    dtype = _asked(node) or (ir.DataType.UINT8 if zero is None else shapes.dtype(zero))
    return [(dtype, _shape(shapes, node))]


@shape_rule("DequantizeLinear")
def dequantize_linear(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """The dtype of the scale or that asked for; the input's shape."""
    scale = node.inputs[1]
    return [(_asked(node) or (None if scale is None else shapes.dtype(scale)), _shape(shapes, node))]


def _asked(node: ir.Node) -> ir.DataType | None:
    wanted = flag(node, "output_dtype")
    return ir.DataType(wanted) if wanted else None


def _shape(shapes: Shapes, node: ir.Node) -> tuple[Dim, ...] | None:
    first = node.inputs[0]
    return None if first is None else shapes.shape(first)
