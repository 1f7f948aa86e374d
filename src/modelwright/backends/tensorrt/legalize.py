"""Models as TensorRT takes them: recurrent layers steps first, symmetric int8, and biases in float32."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import UnsupportedError
from modelwright.hub.names import NameScope
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import Statistics, apply_rules
from modelwright.rewrites.rules.ceil_mode import ceil_mode
from modelwright.rewrites.rules.steps_first import steps_first
from modelwright.rewrites.tensors import stored_array

_INT8, _UINT8, _INT32 = ir.DataType.INT8, ir.DataType.UINT8, ir.DataType.INT32
_MIDDLE: Final = 128
_SHOWN: Final = 5
_QUANTIZING: Final = ("QuantizeLinear", "DequantizeLinear")


def legalize(model: ir.Model) -> None:
    """Changes a model in place; it computes the same.

    Recurrent layers with the batch first, which TensorRT would take for steps, are turned; pooling with a last window
    behind the end, which it would count, rounds down. Biases stored as int32 behind DequantizeLinear become float32
    weights. uint8 whose zero is 128 becomes int8.

    Args:
        model: The model.

    Raises:
        UnsupportedError: Zeros of some are elsewhere, so that TensorRT cannot compute in their integers.
    """
    opset = model.graph.opset_imports.get("", 0)
    rules = [rule for rule in (steps_first, ceil_mode) if rule.since <= opset]
    apply_rules(RewriteContext(model.graph, opset), rules, Statistics())
    graph, names = model.graph, NameScope.of_graph(model.graph)
    for node in [node for node in graph if node.op_type == "DequantizeLinear" and not node.domain]:
        if stored_array(node.inputs[0]) is not None and node.inputs[0] is not None and node.inputs[0].dtype == _INT32:
            _store_bias(graph, node, names)
    found = [node for node in graph if node.op_type in _QUANTIZING and not node.domain]
    _refuse([node for node in found if not _symmetric(node)])
    moved: dict[ir.Value, ir.Value] = {}
    for node in found:
        _as_int8(graph, node, names, moved)


def _store_bias(graph: ir.Graph, node: ir.Node, names: NameScope) -> None:
    """``(x - zero) * scale`` as a weight; only along the axis of a vector, as biases are."""
    whole, scale, zero = (stored_array(value) for value in [*node.inputs, None, None][:3])
    result = node.outputs[0]
    if whole is None or scale is None or whole.ndim > 1:
        return
    real = (whole - (0 if zero is None else zero)).astype(np.float32) * scale.astype(np.float32)
    name = result.name or names.unique("bias")
    result.name = names.unique(f"{name}/integers")
    tensor = ir.tensor(real.astype(np.float32), name=name)
    value = ir.Value(name=name, type=ir.TensorType(tensor.dtype), shape=ir.Shape(real.shape), const_value=tensor)
    graph.register_initializer(value)
    result.replace_all_uses_with(value, replace_graph_outputs=True)
    graph.remove(node, safe=True)


def _symmetric(node: ir.Node) -> bool:
    """Whether zero is where TensorRT has it, or can be brought there."""
    zero = node.inputs[2] if len(node.inputs) > 2 else None
    array = stored_array(zero)
    if zero is None or array is None or zero.dtype not in (_INT8, _UINT8):
        return True  # no zero point is 0; other dtypes are TensorRT's to judge
    return not array.any() or _shifts(node)


def _shifts(node: ir.Node) -> bool:
    """Whether integers around 128 are those of this node and of what they are made for or by alone."""
    zero = node.inputs[2] if len(node.inputs) > 2 else None
    array = stored_array(zero)
    if zero is None or array is None or zero.dtype != _UINT8 or not (array == _MIDDLE).all():
        return False
    if node.op_type == "QuantizeLinear":
        users = [user for user, _ in node.outputs[0].uses()]
        return not node.outputs[0].is_graph_output() and all(user.op_type == "DequantizeLinear" for user in users)
    maker = None if node.inputs[0] is None else node.inputs[0].producer()
    return stored_array(node.inputs[0]) is not None or (maker is not None and maker.op_type == "QuantizeLinear")


def _refuse(nodes: list[ir.Node]) -> None:
    if not nodes:
        return
    named = [node.name or node.outputs[0].name or "" for node in nodes]
    more = [f"and {len(nodes) - _SHOWN} more"] if len(nodes) > _SHOWN else []
    raise UnsupportedError(
        f"TensorRT takes zero points of 0 only, and {len(nodes)} nodes of the model have others",
        items=[*(f"{node.op_type} {name!r}" for node, name in list(zip(nodes, named, strict=True))[:_SHOWN]), *more],
        node=named[0],
        nodes=[(node.op_type, name) for node, name in zip(nodes, named, strict=True)],
        hint="quantize the float model for TensorRT: `modelwright quantize MODEL --rules tensorrt`, or give it with -c",
    )


def _as_int8(graph: ir.Graph, node: ir.Node, names: NameScope, moved: dict[ir.Value, ir.Value]) -> None:
    """uint8 around 128 as int8 around 0."""
    zero, first = (node.inputs[2] if len(node.inputs) > 2 else None), node.inputs[0]
    if zero is None or first is None or not _shifts(node):
        return
    node.replace_input_with(2, _shifted(graph, zero, names, moved))
    if node.op_type == "QuantizeLinear":
        node.outputs[0].type = ir.TensorType(_INT8)
        node.attributes.pop("output_dtype", None)
    elif stored_array(first) is not None:
        node.replace_input_with(0, _shifted(graph, first, names, moved))


def _shifted(graph: ir.Graph, value: ir.Value, names: NameScope, moved: dict[ir.Value, ir.Value]) -> ir.Value:
    """A stored tensor less 128, made once."""
    if value not in moved:
        array = stored_array(value)
        if array is None:
            return value
        name = names.unique(f"{value.name}/int8")
        tensor = ir.tensor((array.astype(np.int16) - _MIDDLE).astype(np.int8), name=name)
        made = ir.Value(name=name, type=ir.TensorType(_INT8), shape=ir.Shape(array.shape), const_value=tensor)
        graph.register_initializer(made)
        moved[value] = made
    return moved[value]
