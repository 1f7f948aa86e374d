"""Brings a model into the form that quantizes best, before anything is placed or measured."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.errors import UnsupportedError
from modelwright.hub.names import NameScope
from modelwright.hub.opset import OLDEST_OPSET
from modelwright.hub.subgraphs import all_nodes
from modelwright.passes.finalize import finalize
from modelwright.passes.pipeline import OptimizeChoices, OptimizeResult, optimize
from modelwright.rewrites.tensors import reshaped, sizes_of

_FUSIONS_UP_TO: Final = 20
"""Newest opset whose operators are recognized: Attention (23) and Swish (24) would hide products and their tails."""

_QUANTIZED: Final = frozenset(
    (
        "QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger "
        "QLinearAdd QLinearMul QLinearConcat QLinearSigmoid QLinearLeakyRelu QLinearAveragePool "
        "QLinearGlobalAveragePool QGemm MatMulNBits MatMulIntegerToFloat DynamicQuantizeMatMul"
    ).split()
)

_BIAS: Final = {"Conv": 2, "ConvTranspose": 2, "Gemm": 2}


def prepare(model: ir.Model, *, simplify: bool = True) -> OptimizeResult | None:
    """Optimizes a model in place: normalizations folded, matrix products with their bias, one bias for each product.

    Args:
        model: The model; brought to opset 13 if it is older, because scales per channel need that.
        simplify: Whether to optimize; names are completed and biases taken apart in any case.

    Returns:
        What the optimizer did, or None if it did not run.

    Raises:
        UnsupportedError: The model holds quantized operators already, or cannot be brought to opset 13.
    """
    refuse_quantized(model)
    if model.graph.opset_imports.get("", 0) < OLDEST_OPSET:
        from modelwright.passes.opset.change import change_opset

        change_opset(model, OLDEST_OPSET)
    opset = model.graph.opset_imports[""]
    choices = OptimizeChoices(ceiling=min(opset, _FUSIONS_UP_TO))
    result = optimize(model, opset=opset, choices=choices) if simplify else None
    if result is None:
        finalize(model)
    names = NameScope.of_graph(model.graph)
    _name_nodes_once(model.graph)
    for node in model.graph:
        _own_bias(model.graph, node, names)
    return result


def refuse_quantized(model: ir.Model) -> None:
    """Refuses a model that holds quantized operators already.

    Raises:
        UnsupportedError: It does.
    """
    found = [node for node in all_nodes(model.graph) if node.op_type in _QUANTIZED]
    if found:
        raise UnsupportedError(
            f"the model is quantized already: it has {len(found)} nodes such as {found[0].op_type}",
            hint="quantize the float model that it was made from; --fix takes Q/DQ nodes out and quantizes anew",
            node=found[0].name or "",
            items=[f"{node.op_type} {node.name!r}" for node in found[:5]],
        )


def _name_nodes_once(graph: ir.Graph) -> None:
    """Gives nodes names of their own, in graph order: the first keeps a name that several have."""
    taken: set[str] = set()
    scope = NameScope.of_graph(graph)
    for node in all_nodes(graph):
        if not node.name or node.name in taken:
            node.name = scope.unique(node.name or node.op_type)
        taken.add(node.name)


def _own_bias(graph: ir.Graph, node: ir.Node, names: NameScope) -> None:
    """Gives a product a bias vector that nothing else reads: its scale will be that of this product."""
    place = _BIAS.get(node.op_type) if node.domain == "" else None
    bias = node.inputs[place] if place is not None and place < len(node.inputs) else None
    if place is None or bias is None or bias.const_value is None or bias.is_graph_input():
        return
    shape = sizes_of(bias.const_value)
    wide = node.op_type == "Gemm" and len(shape) > 1 and all(size == 1 for size in shape[:-1])
    if len(list(bias.uses())) == 1 and not wide:
        return
    tensor = reshaped(bias.const_value, shape[-1:]) if wide else bias.const_value
    name = names.unique(f"{bias.name}_{node.name}")
    made = ir.Value(name=name, type=bias.type, shape=ir.Shape(sizes_of(tensor)), const_value=tensor)
    graph.register_initializer(made)
    node.replace_input_with(place, made)
    if not bias.uses() and bias.name is not None and bias.name in graph.initializers:
        del graph.initializers[bias.name]
