"""Operators that only move values change places with DEQUANTIZE and QUANTIZE, so that they move integers."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.integer_edits import (
    FLOAT,
    INT8,
    IntegerEdits,
    bytes_of,
    integers_of,
    maker_is_plain,
    only,
    remove,
    take_place,
)
from modelwright.backends.tflite.quantized import Quantization, quantization_of, set_quantization
from modelwright.backends.tflite.stored import Stored

_MOVING: Final = frozenset(
    """
    RESHAPE TRANSPOSE SQUEEZE EXPAND_DIMS STRIDED_SLICE SLICE GATHER TILE BROADCAST_TO DEPTH_TO_SPACE SPACE_TO_DEPTH
    REVERSE_V2 MAX_POOL_2D PAD MIRROR_PAD RESIZE_NEAREST_NEIGHBOR SPLIT_V REDUCE_MAX REDUCE_MIN
    """.split()
)
"""Operators whose results are some of their inputs, under the same scale."""


class IntegerMoves(IntegerEdits):
    """One graph."""

    def settle(self, graph: ir.Graph) -> None:
        """Moves DEQUANTIZE behind, QUANTIZE in front of what only moves values."""
        for step in (self._sink_bytes, self.join, self._sink):
            for node in list(graph):
                step(node)
        for node in reversed(list(graph)):
            self._hoist(node)

    def _sink_bytes(self, node: ir.Node) -> None:
        """``move(uint8(q))`` becomes ``uint8(move(q))``, where ``uint8`` is a QUANTIZE of int8."""
        inner = bytes_of(node.inputs[0]) if node.op_type in _MOVING and node.inputs else None
        outer = quantization_of(node.inputs[0]) if inner is not None else None
        if inner is None or outer is None:
            return
        node.replace_input_with(0, inner)
        for output in node.outputs:
            behind = self.insert(node, "QUANTIZE", output, ir.DataType.UINT8, outer, after=True)
            take_place(output, behind, keep=behind.producer())
            output.type = ir.TensorType(INT8)
            set_quantization(output, quantization_of(inner))

    def _sink(self, node: ir.Node) -> None:
        """``move(DEQUANTIZE(q))`` becomes ``DEQUANTIZE(move(q))``."""
        inner = integers_of(node.inputs[0]) if node.op_type in _MOVING or node.op_type == "PADV2" else None
        meaning = quantization_of(inner)
        if inner is None or meaning is None or node.attributes.get("fused_activation_function") is not None:
            return
        if node.op_type == "PADV2" and not self._fill(node, meaning):
            return
        node.replace_input_with(0, inner)
        for output in node.outputs:
            self.dequantized(node, output, meaning)

    def _fill(self, node: ir.Node, meaning: Quantization) -> bool:
        """The number that PADV2 fills with, as the integer nearest to it."""
        value = node.inputs[2]
        if value is None or value.const_value is None:
            return False
        step = value.const_value.numpy().astype(np.float64) / meaning.scale[0] + meaning.zero_point[0]
        tensor = ir.Tensor(np.clip(np.rint(step), -128, 127).astype(np.int8))
        node.replace_input_with(2, self.constant(Stored(tensor=tensor, quantization=meaning), value))
        return True

    def _hoist(self, node: ir.Node) -> None:
        """``QUANTIZE(move(x))`` becomes ``move(QUANTIZE(x))``."""
        if node.op_type != "QUANTIZE" or node.outputs[0].dtype is not INT8 or node.inputs[0] is None:
            return
        moved = node.inputs[0]
        maker = moved.producer()
        if maker is None or maker.op_type not in _MOVING or len(maker.outputs) > 1 or not only(moved):
            return
        data = maker.inputs[0]
        if data is None or data.dtype is not FLOAT or maker.graph is not node.graph or not maker_is_plain(maker):
            return
        meaning = quantization_of(node.outputs[0])
        front = self.insert(maker, "QUANTIZE", data, INT8, meaning)
        maker.replace_input_with(0, front)
        moved.type = ir.TensorType(INT8)
        set_quantization(moved, meaning)
        take_place(node.outputs[0], moved)
        remove(node)
        front_node = front.producer()
        if front_node is not None:
            self._hoist(front_node)

    def join(self, node: ir.Node) -> None:
        """``QUANTIZE(DEQUANTIZE(q))`` of the same scale becomes ``q``.

        From one scale to another it stays: QUANTIZE from integers to integers rounds worse.
        """
        if node.op_type != "QUANTIZE" or node.graph is None:
            return
        inner = integers_of(node.inputs[0]) or bytes_of(node.inputs[0])
        have, wanted = quantization_of(inner), quantization_of(node.outputs[0])
        if inner is not None and have is not None and have.same(wanted) and not node.outputs[0].is_graph_output():
            take_place(node.outputs[0], inner)
            remove(node)
