"""Cross-layer equalization: channels between two layers with weights are scaled so that they share a range well.

Nagel and others, "Data-Free Quantization Through Weight Equalization and Bias Correction" (2019); extended here to
branches, concatenations and gates, and guided by the ranges of the activations. Exact: only through operators that
commute with positive factors.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.branches import Source
from modelwright.quantize.accuracy.scaling import Edit
from modelwright.quantize.accuracy.weighted import Weighted, is_own_constant, layers_of
from modelwright.rewrites.context import RewriteContext


def equalized_sources(model: ir.Model) -> list[Source]:
    """Layers with weights whose output channels could be scaled, in order."""
    context = RewriteContext(model.graph, model.graph.opset_imports.get("", 0))
    return [source for layer in layers_of(model) if (source := _source(context, layer)) is not None]


def _source(context: RewriteContext, layer: Weighted) -> Source | None:
    rank = context.rank(layer.node.outputs[0])
    channels = layer.out_channels
    if rank is None or channels < 2:
        return None
    index = layer.output_index(np.arange(channels))
    edits = [Edit(value=layer.weight, view=layer.view, index=index, divides=True)]
    if layer.bias is not None:
        sizes = context.shape(layer.bias)
        if not is_own_constant(layer.bias) or not sizes or sizes[-1] != channels or any(dim != 1 for dim in sizes[:-1]):
            return None
        view = (*[1] * (len(sizes) - 1), channels)
        edits.append(Edit(value=layer.bias, view=view, index=np.arange(channels), divides=True))
    axis = 1 if layer.is_convolution else rank - 1
    return Source(node=layer.node, axis=axis, channels=channels, edits=tuple(edits), layer=layer)
