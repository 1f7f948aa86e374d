"""Turns operators between DEQUANTIZE and QUANTIZE into operators on integers.

Three walks: operators that only move values change places with a DEQUANTIZE before or a QUANTIZE behind them; operators
that have a kernel for int8 take the integers of their inputs and give those that the QUANTIZE behind them makes; pairs
that are left become nothing, or one QUANTIZE from one scale to another. What has no such kernel stays as it is, in
floating point.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.integer_edits import (
    INT8,
    IntegerEdits,
    integers_of,
    only,
    only_user,
    remove,
    take_place,
)
from modelwright.backends.tflite.integer_moves import IntegerMoves
from modelwright.backends.tflite.quantized import Quantization, quantization_of, set_quantization
from modelwright.backends.tflite.stored import Stored, stored_of
from modelwright.backends.tflite.vocabulary import DOMAIN
from modelwright.hub.subgraphs import subgraphs_of
from modelwright.rewrites.tensors import derived, same, sizes_of

INT32 = ir.DataType.INT32

_SAME_SCALE: Final = frozenset("CONCATENATION MAXIMUM MINIMUM AVERAGE_POOL_2D RESIZE_BILINEAR PACK".split())
"""Operators whose kernels want one scale for inputs and result."""

_ANY_SCALE: Final = frozenset("ADD SUB MUL MEAN LEAKY_RELU HARD_SWISH RELU RELU6 BATCH_MATMUL".split())
"""Operators whose kernels take a scale for each input and for the result."""

_FIXED: Final = {
    "SOFTMAX": (1 / 256, -128),
    "LOGISTIC": (1 / 256, -128),
    "TANH": (1 / 128, 0),
    "LOG_SOFTMAX": (16 / 256, 127),
    "L2_NORMALIZATION": (1 / 128, 0),
}
"""Scale and zero point that a kernel wants its result to have."""

_WEIGHTED: Final = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0, "TRANSPOSE_CONV": 0}
"""The dimension of the weights that scales may be about."""


class Integers(IntegerEdits):
    """One graph and its bodies."""

    def settle(self, graph: ir.Graph) -> None:
        """Does all three walks."""
        for node in list(graph):
            for body in subgraphs_of(node):
                self.settle(body)
        if not any(node.op_type in ("QUANTIZE", "DEQUANTIZE") for node in graph):
            return
        moves = IntegerMoves(self._names)
        moves.settle(graph)
        for node in list(graph):
            self._fuse(node)
        for node in list(graph):
            moves.join(node)

    def _fuse(self, node: ir.Node) -> None:
        if node.domain != DOMAIN or len(node.outputs) != 1 or node.graph is None:
            return
        result = node.outputs[0]
        user = only_user(result)
        if user is None or user.op_type != "QUANTIZE" or user.outputs[0].dtype is not INT8 or not only(result):
            return
        wanted = quantization_of(user.outputs[0])
        if wanted is None:
            return
        made = self._on_integers(node, wanted)
        if made is None:
            return
        if not made.same(wanted):
            self.dequantized(node, result, made)
            return
        result.type = ir.TensorType(INT8)
        set_quantization(result, made)
        take_place(user.outputs[0], result)
        remove(user)

    def _on_integers(self, node: ir.Node, wanted: Quantization) -> Quantization | None:
        """Gives a node integers; returns what its result then means, or None where it must stay in float."""
        if node.op_type in _WEIGHTED:
            return wanted if self._weighted(node) else None
        if node.op_type in _FIXED:
            scale, zero = _FIXED[node.op_type]
            meaning = Quantization(scale=np.array([scale], np.float32), zero_point=np.array([zero], np.int64))
            return meaning if self._take(node, (0,)) else None
        if node.op_type in _ANY_SCALE:
            places = (0, 1) if node.op_type in ("ADD", "SUB", "MUL", "BATCH_MATMUL") else (0,)
            return wanted if self._take(node, places) else None
        if node.op_type in _SAME_SCALE:
            places = (0,) if node.op_type in ("AVERAGE_POOL_2D", "RESIZE_BILINEAR") else tuple(range(len(node.inputs)))
            return self._one_scale(node, places, wanted)
        return None

    def _take(self, node: ir.Node, places: tuple[int, ...]) -> bool:
        found = [self._integers(node.inputs[place]) for place in places]
        if any(value is None for value in found):
            return False
        for place, value in zip(places, found, strict=True):
            node.replace_input_with(place, value)
        return True

    def _integers(self, value: ir.Value | None) -> ir.Value | None:
        """The int8 tensor behind a float one: what a DEQUANTIZE reads, or a constant that is stored so."""
        inner = integers_of(value)
        if inner is not None or value is None:
            return inner
        stored = stored_of(value)
        if stored is None or stored.tensor.dtype is not INT8 or stored.quantization.per_channel:
            return None
        return self.constant(stored, value)

    def _one_scale(self, node: ir.Node, places: tuple[int, ...], wanted: Quantization) -> Quantization | None:
        """Brings all inputs to one scale: the only one's own, else that of the result."""
        found = [self._integers(node.inputs[place]) for place in places]
        known = [value for value in found if value is not None]
        if len(known) != len(found):
            return None
        meaning = quantization_of(known[0]) if len(known) == 1 else wanted
        if meaning is None:
            return None
        for place, value in zip(places, known, strict=True):
            have, real = quantization_of(value), node.inputs[place]
            if have is None or real is None:
                return None
            again = value if have.same(meaning) else self.insert(node, "QUANTIZE", real, INT8, meaning)
            node.replace_input_with(place, again)
        return meaning

    def _weighted(self, node: ir.Node) -> bool:
        data, kernel = (2, 1) if node.op_type == "TRANSPOSE_CONV" else (0, 1)
        bias_at = 3 if node.op_type == "TRANSPOSE_CONV" else 2
        inner, stored = integers_of(node.inputs[data]), stored_of(node.inputs[kernel])
        if inner is None or stored is None or not _fits(stored, _WEIGHTED[node.op_type]):
            return False
        bias = node.inputs[bias_at] if len(node.inputs) > bias_at else None
        numbers = None if bias is None or bias.is_graph_input() else bias.const_value
        if bias is not None and numbers is None:
            return False
        meaning = quantization_of(inner)
        weights = node.inputs[kernel]
        if meaning is None or weights is None:
            return False
        node.replace_input_with(data, inner)
        node.replace_input_with(kernel, self.constant(stored, weights))
        if bias is not None and numbers is not None:
            node.replace_input_with(bias_at, self._bias(numbers, bias, meaning.scale * stored.quantization.scale))
        return True

    def _bias(self, tensor: ir.TensorProtocol, value: ir.Value, scale: np.ndarray) -> ir.Value:
        def compute(array: np.ndarray) -> np.ndarray:
            limits = np.iinfo(np.int32)
            return np.clip(np.rint(array.astype(np.float64) / scale), limits.min, limits.max).astype(np.int32)

        sizes = sizes_of(tensor)
        source = ir.LazyTensor(
            lambda: ir.Tensor(compute(tensor.numpy())), dtype=INT32, shape=ir.Shape(list(sizes)), cache=False
        )
        meaning = Quantization(scale=scale, zero_point=np.zeros(len(scale), np.int64))
        made = derived([source], sizes, same)
        return self.constant(Stored(tensor=made, quantization=meaning), value)


def _fits(stored: Stored, axis: int) -> bool:
    """Whether a kernel takes the weights: symmetric int8, scales about its outputs."""
    meaning = stored.quantization
    if stored.tensor.dtype is not INT8 or np.any(meaning.zero_point):
        return False
    return not meaning.per_channel or meaning.axis == axis
