"""Places where a constant is added to each channel of a layer's output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.weighted import Weighted, is_own_constant, weighted
from modelwright.rewrites.context import RewriteContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """A layer with a bias.

    Attributes:
        layer: The layer.
        node: The node that adds the bias: the layer's own, or the Add behind it.
        bias: The constant.
        axis: Axis of the channels in the node's output, from the end (negative).
    """

    layer: Weighted
    node: ir.Node
    bias: ir.Value
    axis: int


def correctable_layers(model: ir.Model) -> Iterator[Correctable]:
    """The layers with weights and a bias of the main graph, in order."""
    context = RewriteContext(model.graph, model.graph.opset_imports.get("", 0))
    for node in model.graph:
        layer = weighted(node)
        if layer is None:
            continue
        found = _own(context, layer) if layer.bias is not None else _behind(context, layer)
        if found is not None:
            yield found


def _own(context: RewriteContext, layer: Weighted) -> Correctable | None:
    sizes = None if layer.bias is None else context.shape(layer.bias)
    if layer.bias is None or not is_own_constant(layer.bias) or not sizes or int(np.prod(sizes)) != layer.out_channels:  # pyright: ignore[reportArgumentType, reportCallIssue]
        return None
    axis = 1 - len(layer.sizes) if layer.is_convolution else -1
    return Correctable(layer=layer, node=layer.node, bias=layer.bias, axis=axis)


def _behind(context: RewriteContext, layer: Weighted) -> Correctable | None:
    """An Add of a constant with one number for each channel, alone behind the layer."""
    output = layer.node.outputs[0]
    uses = list(output.uses())
    adding = uses[0].node if len(uses) == 1 and not output.is_graph_output() else None
    if adding is None or adding.op_type != "Add" or adding.domain or adding.graph is not layer.node.graph:
        return None
    other = adding.inputs[1] if adding.inputs[0] is output else adding.inputs[0]
    if other is None or not is_own_constant(other):
        return None
    axis = 1 - len(layer.sizes) if layer.is_convolution else -1
    sizes = context.shape(other) or ()
    own = len(sizes) >= -axis and sizes[axis] == layer.out_channels
    if not own or any(dim != 1 for place, dim in enumerate(sizes) if place != len(sizes) + axis):
        return None
    return Correctable(layer=layer, node=adding, bias=other, axis=axis)
