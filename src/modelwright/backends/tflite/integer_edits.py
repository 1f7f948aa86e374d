"""Edits of a graph of TFLite operators in which integers stand for real numbers."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.backends.tflite.quantized import Quantization, quantization_of, set_quantization
from modelwright.backends.tflite.stored import Stored
from modelwright.backends.tflite.vocabulary import DOMAIN
from modelwright.hub.names import NameScope
from modelwright.rewrites.tensors import sizes_of

INT8, FLOAT = ir.DataType.INT8, ir.DataType.FLOAT


class IntegerEdits:
    """Puts nodes and constants into a graph."""

    def __init__(self, names: NameScope) -> None:
        """Takes the model's names.

        Args:
            names: Gives new nodes theirs.
        """
        self._names = names

    def dequantized(self, node: ir.Node, output: ir.Value, meaning: Quantization | None) -> None:
        """Makes an output int8, and puts a DEQUANTIZE between it and its users."""
        behind = self.insert(node, "DEQUANTIZE", output, FLOAT, None, after=True)
        take_place(output, behind, keep=behind.producer())
        output.type = ir.TensorType(INT8)
        set_quantization(output, meaning)

    def constant(self, stored: Stored, like: ir.Value) -> ir.Value:
        """Integers as a constant, called after the float one that they are behind."""
        name = self._names.unique(f"{like.name}/integers")
        value = ir.Value(
            name=name,
            type=ir.TensorType(stored.tensor.dtype),
            shape=ir.Shape(list(sizes_of(stored.tensor))),
            const_value=stored.tensor,
        )
        return set_quantization(value, stored.quantization)

    def insert(
        self,
        beside: ir.Node,
        op_type: str,
        value: ir.Value,
        dtype: ir.DataType,
        meaning: Quantization | None,
        *,
        after: bool = False,
    ) -> ir.Value:
        """Adds a QUANTIZE or DEQUANTIZE of ``value`` before or behind a node; returns its result."""
        node = ir.Node(DOMAIN, op_type, [value])
        node.name = self._names.unique(f"{beside.name}/{op_type}")
        node.meta.update(beside.meta)
        made = node.outputs[0]
        made.name, made.type, made.shape = node.name, ir.TensorType(dtype), value.shape
        if beside.graph is not None:
            (beside.graph.insert_after if after else beside.graph.insert_before)(beside, node)
        return set_quantization(made, meaning)


def integers_of(value: ir.Value | None) -> ir.Value | None:
    """The int8 tensor that a DEQUANTIZE makes ``value`` of."""
    maker = None if value is None else value.producer()
    if maker is None or maker.op_type != "DEQUANTIZE" or maker.domain != DOMAIN:
        return None
    inner = maker.inputs[0]
    return inner if inner is not None and inner.dtype is INT8 and quantization_of(inner) is not None else None


def bytes_of(value: ir.Value | None) -> ir.Value | None:
    """The int8 tensor that a QUANTIZE makes a uint8 one of."""
    maker = None if value is None else value.producer()
    if maker is None or maker.op_type != "QUANTIZE" or value is None or value.dtype is not ir.DataType.UINT8:
        return None
    inner = maker.inputs[0]
    return inner if inner is not None and inner.dtype is INT8 else None


def maker_is_plain(node: ir.Node) -> bool:
    """Whether a moving operator does nothing besides."""
    return node.attributes.get("fused_activation_function") is None


def only_user(value: ir.Value) -> ir.Node | None:
    """The node that alone uses a value."""
    users = list(value.uses())
    return users[0].node if len(users) == 1 else None


def only(value: ir.Value) -> bool:
    """Whether a value has one use and is no output."""
    return len(value.uses()) == 1 and not value.is_graph_output()


def take_place(old: ir.Value, new: ir.Value, *, keep: ir.Node | None = None) -> None:
    """Puts ``new`` where ``old`` is used, except in ``keep``; an output of the graph keeps its name."""
    outputs = old.is_graph_output()
    for use in list(old.uses()):
        if use.node is not keep:
            use.node.replace_input_with(use.idx, new)
    if outputs:
        graph = old.graph if old.graph is not None else None
        maker = old.producer()
        home = graph or (maker.graph if maker is not None else None)
        if isinstance(home, ir.Graph):
            for place, value in enumerate(home.outputs):
                if value is old:
                    home.outputs[place] = new
        name = old.name
        old.name, new.name = f"{name}/integers", name


def remove(node: ir.Node) -> None:
    """Takes a node out of its graph."""
    if node.graph is not None:
        node.graph.remove(node, safe=True)
