"""Quantized models in the form that ATC takes: AscendQuant, products of int8, AscendDequant.

Source: Huawei's guide to AMCT (adapting models with QuantizeLinear and DequantizeLinear to CANN) and the operators'
documents: AscendQuant gives ``round(x * scale + offset)`` as int8, AscendDequant multiplies int32 with scales that are
float32 bits in the lower half of uint64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.backends.ascend.int8_products import (
    PRODUCTS,
    Product,
    is_operator,
    product_of,
    products,
    stored_integers,
)
from modelwright.hub.builder import SOURCE_KEY
from modelwright.hub.names import NameScope

_INT8, _UINT8, _INT32 = ir.DataType.INT8, ir.DataType.UINT8, ir.DataType.INT32


@dataclass(frozen=True, slots=True, kw_only=True)
class Int8:
    """How many products compute in int8, and the names of those with quantized operands that cannot."""

    taken: int
    left: tuple[str, ...]


def settle_quantized(model: ir.Model) -> Int8:
    """Lets everything but products of int8 read floats, in place; Q/DQ pairs stay before products alone.

    Models quantized to uint8, which the compiler's limits exclude, stay as they are.
    """
    graph = model.graph
    if not _may_be_int8(graph):
        return Int8(taken=0, left=())
    found = {product.node for product in products(graph)}
    left = [node for node in graph if is_operator(node, *PRODUCTS) and node not in found and _reads_quantized(node)]
    _read_floats(graph, found)
    return Int8(taken=len(found), left=tuple(node.name or "" for node in left))


def float_form(model: ir.Model) -> ir.Model:
    """A copy whose products read floats, too: the operators that the compiler's table can be asked about.

    The table lists AscendQuant and AscendDequant. The model itself where nothing is quantized, or something to uint8.
    """
    if not _may_be_int8(model.graph):
        return model
    copy = model.clone()
    _read_floats(copy.graph, set())
    return copy


def compiled_form(model: ir.Model) -> ir.Model:
    """A copy for the compiler of a model that was settled; the model itself where nothing is quantized."""
    if not _may_be_int8(model.graph):
        return model
    copy = model.clone()
    names, made = NameScope.of_graph(copy.graph), dict[tuple[ir.Value, float], ir.Value]()
    for node in list(copy.graph):
        product = product_of(node)  # anew: what it reads may be behind a product that was rewritten
        if product is not None:
            _rewrite(copy.graph, product, names, made)
    _sweep(copy.graph)
    return copy


def _may_be_int8(graph: ir.Graph) -> bool:
    """Whether there are quantized values, and none of them uint8."""
    nodes = [node for node in graph if is_operator(node, "DequantizeLinear", "QuantizeLinear")]
    zeros = [node.inputs[2] if len(node.inputs) > 2 else None for node in nodes]
    narrow = all(
        zero is not None or node.op_type == "DequantizeLinear" for node, zero in zip(nodes, zeros, strict=True)
    )
    return bool(nodes) and narrow and not any(zero is not None and zero.dtype == _UINT8 for zero in zeros)


def _reads_quantized(node: ir.Node) -> bool:
    makers = [value.producer() for value in node.inputs[:2] if value is not None]
    return any(maker is not None and is_operator(maker, "DequantizeLinear") for maker in makers)


def _read_floats(graph: ir.Graph, taken: set[ir.Node]) -> None:
    names = NameScope.of_graph(graph)
    for node in [node for node in graph if is_operator(node, "DequantizeLinear")]:
        _bypass(graph, node, taken, names)
    _sweep(graph)


def _bypass(graph: ir.Graph, node: ir.Node, taken: set[ir.Node], names: NameScope) -> None:
    """Gives readers of a DequantizeLinear that are no products of int8 the floats behind it."""
    readers = [(user, place) for user, place in node.outputs[0].uses() if user not in taken]
    if not readers:
        return
    floats = _floats(graph, node, names)
    if floats is None:
        return
    for user, place in readers:
        user.replace_input_with(place, floats)


def _floats(graph: ir.Graph, node: ir.Node, names: NameScope) -> ir.Value | None:
    """What was quantized, or stored weights as floats; None where neither is known."""
    maker = None if node.inputs[0] is None else node.inputs[0].producer()
    if maker is not None and is_operator(maker, "QuantizeLinear"):
        return maker.inputs[0]
    stored = stored_integers(node.outputs[0])
    if stored is None:
        return None
    integers, scales, axis = stored
    around = [-1 if place == axis else 1 for place in range(integers.ndim)] if scales.size > 1 else [1] * integers.ndim
    return _store(graph, (integers * scales.reshape(around)).astype(np.float32), f"{node.outputs[0].name}/float", names)


def _store(graph: ir.Graph, array: np.ndarray, name: str, names: NameScope) -> ir.Value:
    own = names.unique(name)
    tensor = ir.tensor(array, name=own)
    value = ir.Value(name=own, type=ir.TensorType(tensor.dtype), shape=ir.Shape(array.shape), const_value=tensor)
    graph.register_initializer(value)
    return value


def _rewrite(graph: ir.Graph, product: Product, names: NameScope, made: dict[tuple[ir.Value, float], ir.Value]) -> None:
    node, result = product.node, product.node.outputs[0]
    quantized = _quantized(graph, product, names, made)
    node.replace_input_with(0, quantized)
    node.replace_input_with(1, _store(graph, product.weight, f"{result.name}/weight", names))
    if product.bias is not None:
        node.replace_input_with(2, _store(graph, product.bias, f"{result.name}/bias", names))
    bits = (product.scale * product.scales).astype(np.float32).view(np.uint32).astype(np.uint64)
    scale = _store(graph, bits, f"{result.name}/deq_scale", names)
    attributes = [ir.AttrInt64("dtype", 0), ir.AttrInt64("sqrt_mode", 0), ir.AttrInt64("relu_flag", 0)]
    behind = ir.Node("", "AscendDequant", [result, scale], attributes, name=names.unique(f"{node.name}/AscendDequant"))
    behind.outputs[0].type, behind.outputs[0].shape = result.type, result.shape
    behind.outputs[0].name = names.unique(f"{result.name}/float")
    _origin(node, behind)
    graph.insert_after(node, behind)
    uses = [(user, place) for user, place in result.uses() if user is not behind]
    for user, place in uses:
        user.replace_input_with(place, behind.outputs[0])
    if result.is_graph_output():
        name = result.name
        result.name = names.unique(f"{name}/int32")
        behind.outputs[0].name = name
        graph.outputs[:] = [behind.outputs[0] if value is result else value for value in graph.outputs]
    result.type = ir.TensorType(_INT32)


def _quantized(
    graph: ir.Graph, product: Product, names: NameScope, made: dict[tuple[ir.Value, float], ir.Value]
) -> ir.Value:
    """The data of a product as int8, made once for all that read it alike."""
    key = (product.data, float(product.scale))
    if key not in made:
        attributes = [
            ir.AttrFloat32("scale", float(np.float32(1) / product.scale)),
            ir.AttrFloat32("offset", 0.0),
            ir.AttrInt64("sqrt_mode", 0),
            ir.AttrString("round_mode", "Round"),
            ir.AttrInt64("dst_type", 2),
        ]
        name = names.unique(f"{product.data.name}/AscendQuant")
        node = ir.Node("", "AscendQuant", [product.data], attributes, name=name)
        node.outputs[0].name = names.unique(f"{product.data.name}/int8")
        node.outputs[0].type, node.outputs[0].shape = ir.TensorType(_INT8), product.data.shape
        _origin(product.node, node)
        graph.insert_before(product.node, node)
        made[key] = node.outputs[0]
    return made[key]


def _origin(source: ir.Node, node: ir.Node) -> None:
    if SOURCE_KEY in source.meta:
        node.meta[SOURCE_KEY] = source.meta[SOURCE_KEY]


def _sweep(graph: ir.Graph) -> None:
    """Removes Q, DQ and weights that nothing reads."""
    for node in reversed(list(graph)):
        kept = any(value.uses() or value.is_graph_output() for value in node.outputs)
        if is_operator(node, "QuantizeLinear", "DequantizeLinear") and not kept:
            graph.remove(node, safe=True)
    for name, value in list(graph.initializers.items()):
        if not value.uses() and not value.is_graph_output() and not value.is_graph_input():
            del graph.initializers[name]
