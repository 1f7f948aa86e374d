"""Shapes of Constant nodes, from their attributes."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.attributes import tensor_in
from modelwright.hub.shapes import Inferred, Shapes, shape_rule

_KINDS = {
    "value_int": ir.DataType.INT64,
    "value_ints": ir.DataType.INT64,
    "value_float": ir.DataType.FLOAT,
    "value_floats": ir.DataType.FLOAT,
    "value_string": ir.DataType.STRING,
    "value_strings": ir.DataType.STRING,
}


@shape_rule("Constant")
def constant(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Dtype and shape of the tensor, the number or the list."""
    del shapes
    attribute = node.attributes.get("value")
    if attribute is not None:
        tensor = tensor_in(attribute)
        return [(tensor.dtype, tuple(tensor.shape.numpy()))]
    for name, dtype in _KINDS.items():
        attribute = node.attributes.get(name)
        if attribute is not None:
            return [(dtype, (len(attribute.value),) if name.endswith("s") else ())]
    return [(None, None)]
