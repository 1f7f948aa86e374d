"""Writes a placement with its numbers into the model: Q and DQ around activations, integers for weights and biases.

Weights and biases become integers behind a DequantizeLinear, never floats behind Q and DQ: an engine that folds
constants then cannot change what the model computes. They are computed while the model is written, one at a time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import ml_dtypes
import numpy as np
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.names import NameScope
from modelwright.quantize.params import Params, Placement, QuantizedTensor, Role, TensorParams
from modelwright.quantize.placement import OUTPUT_READER
from modelwright.quantize.scope import values_by_name
from modelwright.quantize.weights import quantized
from modelwright.rewrites.tensors import sizes_of

NARROW_SINCE: Final = 21
"""Opset from which QuantizeLinear and DequantizeLinear have 16 and 4 bits, and blocks."""

_OLD: Final = frozenset({"int8", "uint8", "int32"})
_DTYPES: Final = {name: ir.DataType[name.upper()] for name in ("int4 uint4 int8 uint8 int16 uint16 int32".split())}
_PACKED: Final[dict[str, np.dtype[Any]]] = {"int4": np.dtype(ml_dtypes.int4), "uint4": np.dtype(ml_dtypes.uint4)}


def insert(model: ir.Model, placement: Placement, params: Params) -> None:
    """Changes a model in place to one that computes with the integers of a placement.

    Args:
        model: The prepared model that the placement was made for; brought to opset 21 where the dtypes need it.
        placement: What is quantized.
        params: Scale and zero point of each of its tensors.
    """
    if any(item.dtype not in _OLD or item.block for item in params.values()):
        from modelwright.passes.opset.change import change_opset

        change_opset(model, max(NARROW_SINCE, model.graph.opset_imports[""]))
    writer = _Writer(model.graph, params)
    for tensor in placement.tensors:
        if tensor.role is Role.ACTIVATION:
            writer.activation(tensor)
        else:
            writer.constant(tensor)
    writer.drop_unused()


class _Writer:
    def __init__(self, graph: ir.Graph, params: Params) -> None:
        self.graph = graph
        self.params = params
        self.names = NameScope.of_graph(graph)
        self.nodes = {node.name or "": node for node in graph}
        self.values = values_by_name(graph)
        self.first = next(iter(graph), None)
        self.numbers: dict[int, tuple[ir.Value, ir.Value]] = {}

    def activation(self, tensor: QuantizedTensor) -> None:
        value, params = self.values[tensor.name], self.params[tensor.name]
        integers = self._value(f"{tensor.name}_quantized", _DTYPES[params.dtype], value)
        floats = self._value(f"{tensor.name}_dequantized", ir.DataType.FLOAT, value)
        if id(params) not in self.numbers:
            self.numbers[id(params)] = self._numbers(tensor.name, params)
        scale, zero = self.numbers[id(params)]
        before = ir.Node("", "QuantizeLinear", [value, scale, zero], outputs=[integers])
        after = ir.Node("", "DequantizeLinear", [integers, scale, zero], outputs=[floats])
        for node, kind in ((before, "QuantizeLinear"), (after, "DequantizeLinear")):
            node.name = self.names.unique(f"{tensor.name}_{kind}")
        self._put(value.producer(), [before, after])
        self._connect(tensor, value, floats)

    def constant(self, tensor: QuantizedTensor) -> None:
        """Writes a weight or bias as integers, anew for each of its readers.

        ONNX Runtime (1.31) fails on a weight that two products share where it makes uint8 of int8
        (``session.x64quantprecision``).
        """
        value, params = self.graph.initializers[tensor.name], self.params[tensor.name]
        if value.const_value is None:
            raise InternalError(f"{tensor.name!r} is no initializer")
        for reader in tensor.readers:
            floats = self._integers(tensor.name, value, value.const_value, params)
            self._connect(replace(tensor, readers=(reader,)), value, floats)

    def _integers(self, name: str, value: ir.Value, source: ir.TensorProtocol, params: TensorParams) -> ir.Value:
        """A constant's integers behind their DequantizeLinear."""
        integers = self._value(f"{name}_quantized", _DTYPES[params.dtype], value)
        integers.const_value = _lazy(source, params, integers.name or "")
        self.graph.register_initializer(integers)
        floats = self._value(f"{name}_dequantized", ir.DataType.FLOAT, value)
        attributes: list[ir.Attr] = []
        if params.axis is not None:
            attributes.append(ir.AttrInt64("axis", params.axis))
        if params.block:
            attributes.append(ir.AttrInt64("block_size", params.block))
        inputs = [integers, *self._numbers(name, params)]
        node = self.names.unique(f"{name}_DequantizeLinear")
        self._put(None, [ir.Node("", "DequantizeLinear", inputs, attributes, outputs=[floats], name=node)])
        return floats

    def drop_unused(self) -> None:
        """Removes float weights that nothing reads any more."""
        unused = [
            name
            for name, value in self.graph.initializers.items()
            if not value.uses() and not value.is_graph_output() and not value.is_graph_input()
        ]
        for name in unused:
            del self.graph.initializers[name]

    def _connect(self, tensor: QuantizedTensor, value: ir.Value, floats: ir.Value) -> None:
        for name, place in tensor.readers:
            if name == OUTPUT_READER:
                self._take_output(value, floats, place)
            else:
                self.nodes[name].replace_input_with(place, floats)

    def _take_output(self, value: ir.Value, floats: ir.Value, place: int) -> None:
        """The dequantized value becomes the graph's output, under its name."""
        if floats.name != self.graph.outputs[place].name:
            name = value.name or ""
            value.name = self.names.unique(f"{name}_float")
            floats.name = name
        self.graph.outputs[place] = floats

    def _value(self, wish: str, dtype: ir.DataType, like: ir.Value) -> ir.Value:
        return ir.Value(name=self.names.unique(wish), type=ir.TensorType(dtype), shape=like.shape)

    def _put(self, after: ir.Node | None, nodes: list[ir.Node]) -> None:
        if after is not None:
            self.graph.insert_after(after, nodes)
        elif self.first is not None:
            self.graph.insert_before(self.first, nodes)
        else:
            self.graph.extend(nodes)

    def _numbers(self, name: str, params: TensorParams) -> tuple[ir.Value, ir.Value]:
        """Scale and zero point as initializers."""
        zero = params.zero_point.astype(_PACKED.get(params.dtype, params.zero_point.dtype))
        return (
            self._initializer(f"{name}_scale", ir.Tensor(params.scale, dtype=ir.DataType.FLOAT)),
            self._initializer(f"{name}_zero_point", ir.Tensor(zero, dtype=_DTYPES[params.dtype])),
        )

    def _initializer(self, wish: str, tensor: ir.TensorProtocol) -> ir.Value:
        name = self.names.unique(wish)
        made = ir.Value(
            name=name, type=ir.TensorType(tensor.dtype), shape=ir.Shape(sizes_of(tensor)), const_value=tensor
        )
        self.graph.register_initializer(made)
        return made


def _lazy(source: ir.TensorProtocol, params: TensorParams, name: str) -> ir.TensorProtocol:
    """The integers of a weight, computed when they are written."""
    dtype = _DTYPES[params.dtype]

    def compute() -> ir.TensorProtocol:
        integers = quantized(np.asarray(source.numpy(), np.float32), params)
        integers = integers.astype(_PACKED.get(params.dtype, integers.dtype), copy=False)
        return ir.Tensor(integers, dtype=dtype, name=name)

    return ir.LazyTensor(compute, dtype=dtype, shape=ir.Shape(sizes_of(source)), name=name, cache=False)
