"""The version of its meaning that each operator of a file needs, so that older interpreters refuse what they lack.

As TensorFlow 2.21's converter writes them for the same operators and types.
"""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.hub.shapes import dims_of

_ALWAYS: Final = {"BROADCAST_TO": 2, "RESIZE_BILINEAR": 3, "RESIZE_NEAREST_NEIGHBOR": 3}
_ON_INTEGERS: Final = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "FULLY_CONNECTED": 4,
    **dict.fromkeys(
        "ADD SUB MUL CONCATENATION LOGISTIC TANH SOFTMAX MAX_POOL_2D AVERAGE_POOL_2D MEAN TRANSPOSE PAD STRIDED_SLICE "
        "MAXIMUM MINIMUM LEAKY_RELU BATCH_MATMUL DEQUANTIZE".split(),
        2,
    ),
}
_ON_SMALL_WEIGHTS: Final = {"CONV_2D": 5, "DEPTHWISE_CONV_2D": 6, "FULLY_CONNECTED": 12}
_GROUPED: Final = 6
_DIMENSIONS_KEPT: Final = 5


def version_of(node: ir.Node) -> int:
    """The version of a TFLite operator as it stands."""
    name, data = node.op_type, _dtype(node, 0)
    if name == "TRANSPOSE_CONV":
        return 3 if len(node.inputs) > 3 and node.inputs[3] is not None else 2 if _dtype(node, 1) is _INT8 else 1
    if data is _INT8:
        return _ON_INTEGERS.get(name, _ALWAYS.get(name, 1))
    if name in _ON_SMALL_WEIGHTS and _dtype(node, 1) is _INT8:
        return _ON_SMALL_WEIGHTS[name]
    if name == "DEQUANTIZE" and data is ir.DataType.FLOAT16:
        return 3
    if name == "CONV_2D" and _depth(node, 0) != _depth(node, 1):
        return _GROUPED
    if name == "FULLY_CONNECTED" and "keep_num_dims" in node.attributes and node.attributes["keep_num_dims"].as_int():
        return _DIMENSIONS_KEPT
    if name == "FLOOR_DIV" and data is ir.DataType.FLOAT:
        return 2
    return _ALWAYS.get(name, 1)


_INT8: Final = ir.DataType.INT8


def _dtype(node: ir.Node, place: int) -> ir.DataType | None:
    value = node.inputs[place] if len(node.inputs) > place else None
    return None if value is None else value.dtype


def _depth(node: ir.Node, place: int) -> object:
    value = node.inputs[place]
    dims = None if value is None else dims_of(value.shape)
    return dims[-1] if dims else None
