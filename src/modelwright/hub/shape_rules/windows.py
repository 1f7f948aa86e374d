"""Shapes of convolutions and poolings."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.foreign_inference import infer_with_onnx
from modelwright.hub.shapes import Inferred, Shapes, shape_rule


def ints(node: ir.Node, name: str, default: list[int]) -> list[int]:
    """An INTS attribute, or its default."""
    attribute = node.attributes.get(name)
    return list(attribute.as_ints()) if attribute is not None else default


def flag(node: ir.Node, name: str, default: int = 0) -> int:
    """An INT attribute, or its default."""
    attribute = node.attributes.get(name)
    return attribute.as_int() if attribute is not None else default


def text(node: ir.Node, name: str, default: str) -> str:
    """A STRING attribute, or its default."""
    attribute = node.attributes.get(name)
    return attribute.as_string() if attribute is not None else default


def _window_output(dim: Dim, *, kernel: int, stride: int, pads: int, auto_pad: str) -> Dim:
    if not isinstance(dim, int):
        return dim if stride == 1 and (auto_pad.startswith("SAME") or pads == kernel - 1) else None
    if auto_pad.startswith("SAME"):
        return -(-dim // stride)
    return (dim + (0 if auto_pad == "VALID" else pads) - kernel) // stride + 1


def _spatial(shapes: Shapes, node: ir.Node, kernel: list[int]) -> list[Dim] | None:
    first = node.inputs[0]
    shape = shapes.shape(first) if first is not None else None
    if shape is None:
        return None
    count = len(kernel)
    strides, dilations = ints(node, "strides", [1] * count), ints(node, "dilations", [1] * count)
    pads = ints(node, "pads", [0] * (2 * count))
    return [
        _window_output(
            shape[axis + 2],
            kernel=(kernel[axis] - 1) * dilations[axis] + 1,
            stride=strides[axis],
            pads=pads[axis] + pads[axis + count],
            auto_pad=text(node, "auto_pad", "NOTSET"),
        )
        for axis in range(count)
    ]


@shape_rule("Conv")
def conv(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """``[N, M, spatial...]`` with the kernel taken from the weights when not given."""
    data, weight = node.inputs[0], node.inputs[1]
    if data is None or weight is None:
        return []
    dtype = shapes.dtype(data) or shapes.dtype(weight)
    weight_shape, data_shape = shapes.shape(weight), shapes.shape(data)
    if weight_shape is None or data_shape is None:
        return [(dtype, None)]
    sizes = [dim for dim in weight_shape[2:] if isinstance(dim, int)]
    kernel = ints(node, "kernel_shape", sizes)
    spatial = _spatial(shapes, node, kernel) if len(kernel) == len(weight_shape) - 2 else None
    return [(dtype, (data_shape[0], weight_shape[0], *(spatial or (None,) * (len(weight_shape) - 2))))]


@shape_rule("MaxPool", "AveragePool", "LpPool")
def pool(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """``[N, C, spatial...]``; MaxPool's indices have the same shape."""
    data = node.inputs[0]
    shape = shapes.shape(data) if data is not None else None
    if data is None or shape is None:
        return []
    if flag(node, "ceil_mode"):
        return infer_with_onnx(node, shapes.opset, shapes.constant)
    kernel = ints(node, "kernel_shape", [])
    spatial = _spatial(shapes, node, kernel) or [None] * len(kernel)
    result: tuple[Dim, ...] = (*shape[:2], *spatial)
    return [(shapes.dtype(data), result), (ir.DataType.INT64, result)]


@shape_rule("GlobalAveragePool", "GlobalMaxPool")
def global_pool(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """``[N, C, 1, ...]``."""
    data = node.inputs[0]
    shape = shapes.shape(data) if data is not None else None
    if data is None or shape is None:
        return []
    return [(shapes.dtype(data), (*shape[:2], *([1] * (len(shape) - 2))))]
