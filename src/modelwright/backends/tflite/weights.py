"""Smaller weights: as float16, or as int8 with a scale for each output (dynamic range)."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.quantized import Quantization, set_quantization
from modelwright.backends.tflite.vocabulary import DOMAIN
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import dims_of
from modelwright.rewrites.tensors import sizes_of

_SMALLEST: Final = 256
"""Elements below which a constant stays float32: it would save nothing."""

_WORTH_ROUNDING: Final = 1024
"""Elements below which weights are not rounded to int8."""

_HYBRID: Final = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
"""Operators that take int8 weights beside float data, and the dimension of their outputs in the weights."""

_WHOLE: Final = frozenset(
    "UNIDIRECTIONAL_SEQUENCE_LSTM BIDIRECTIONAL_SEQUENCE_LSTM UNIDIRECTIONAL_SEQUENCE_RNN".split()
)
"""Operators whose weights must be constants themselves."""

FLOAT, FLOAT16, INT8 = ir.DataType.FLOAT, ir.DataType.FLOAT16, ir.DataType.INT8


class SmallerWeights:
    """One model's weights.

    Attributes:
        changed: How many became smaller.
        kept: Names of those that float16 cannot hold.
    """

    def __init__(self, names: NameScope) -> None:
        """Takes the model's names.

        Args:
            names: Gives new nodes theirs.
        """
        self._names = names
        self._done: dict[tuple[ir.Graph, ir.Value], ir.Value] = {}
        self.changed = 0
        self.kept: list[str] = []

    def as_float16(self, graph: ir.Graph) -> None:
        """Stores weights as float16, with a DEQUANTIZE in front of what uses them."""
        for node in self._nodes(graph):
            for place, value in enumerate(node.inputs):
                if value is not None and _is_large(value) and node.op_type not in _WHOLE:
                    self._replace(graph, node, place, value, half=True)

    def as_int8(self, graph: ir.Graph) -> None:
        """Stores weights as int8; operators that multiply them with integers take them as they are."""
        for node in self._nodes(graph):
            for place, value in enumerate(node.inputs):
                if value is None or not _is_matrix(value) or node.op_type in _WHOLE:
                    continue
                if place == 1 and node.op_type in _HYBRID and _is_plain(node):
                    axis = _HYBRID[node.op_type]
                    node.replace_input_with(place, self._int8(value, axis))
                    if node.op_type == "FULLY_CONNECTED":
                        name = "asymmetric_quantize_inputs"
                        node.attributes[name] = ir.AttrInt64(name, 1)
                    self.changed += 1
                else:
                    self._replace(graph, node, place, value, half=False)

    def _nodes(self, graph: ir.Graph) -> list[ir.Node]:
        return [node for node in graph if node.domain == DOMAIN and node.op_type not in ("QUANTIZE", "DEQUANTIZE")]

    def _replace(self, graph: ir.Graph, node: ir.Node, place: int, value: ir.Value, *, half: bool) -> None:
        key = (graph, value)
        if key not in self._done:
            stored = self._half(value) if half else self._int8(value, None)
            if stored is None:
                return
            made = ir.Node(DOMAIN, "DEQUANTIZE", [stored], name=self._names.unique(f"{value.name}/float"))
            made.outputs[0].name, made.outputs[0].type = made.name, ir.TensorType(FLOAT)
            made.outputs[0].shape = value.shape
            graph.insert_before(graph[0], made)
            self._done[key] = made.outputs[0]
            self.changed += 1
        node.replace_input_with(place, self._done[key])

    def _half(self, value: ir.Value) -> ir.Value | None:
        tensor = value.const_value
        if tensor is None:
            return None
        array = tensor.numpy()
        if np.abs(array[np.isfinite(array)]).max(initial=0) > np.finfo(np.float16).max:
            self.kept.append(value.name or "")
            return None
        return self._constant(value, ir.Tensor(array.astype(np.float16)))

    def _int8(self, value: ir.Value, axis: int | None) -> ir.Value:
        if value.const_value is None:
            return value
        array = value.const_value.numpy()
        others = None if axis is None else tuple(place for place in range(array.ndim) if place != axis)
        largest = np.abs(array).max(axis=others, keepdims=True)
        scale = np.where(largest == 0, 1, largest / 127).astype(np.float32)
        made = self._constant(value, ir.Tensor(np.rint(array / scale).astype(np.int8)))
        flat = scale.reshape(-1)
        return set_quantization(
            made, Quantization(scale=flat, zero_point=np.zeros(flat.size, np.int64), axis=axis or 0)
        )

    def _constant(self, value: ir.Value, tensor: ir.TensorProtocol) -> ir.Value:
        return ir.Value(
            name=self._names.unique(f"{value.name}/small"),
            type=ir.TensorType(tensor.dtype),
            shape=ir.Shape(list(sizes_of(tensor))),
            const_value=tensor,
        )


def _is_large(value: ir.Value) -> bool:
    tensor = value.const_value
    return tensor is not None and not value.is_graph_input() and tensor.dtype is FLOAT and tensor.size >= _SMALLEST


def _is_matrix(value: ir.Value) -> bool:
    """Whether rounding to int8 saves much and harms little: biases and scales of layers stay."""
    tensor = value.const_value
    return _is_large(value) and tensor is not None and tensor.size >= _WORTH_ROUNDING and len(tensor.shape) > 1


def _is_plain(node: ir.Node) -> bool:
    """Whether a convolution is not grouped: hybrid kernels know no groups."""
    if node.op_type != "CONV_2D":
        return True
    data, weights = node.inputs[0], node.inputs[1]
    return data is not None and weights is not None and _last(data) == _last(weights)


def _last(value: ir.Value) -> object:
    dims = dims_of(value.shape)
    return dims[-1] if dims else None
