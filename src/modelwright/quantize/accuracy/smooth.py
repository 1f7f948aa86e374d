"""SmoothQuant: outlier channels of normalizations are divided, and the matrix products that read them multiplied.

Xiao and others, "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models" (2022).
Exact, and free when the model runs: the normalization's own scale and bias take the factors.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.quantize.accuracy.branches import Source
from modelwright.quantize.accuracy.scaling import Edit
from modelwright.quantize.accuracy.weighted import is_own_constant
from modelwright.rewrites.context import RewriteContext

_NORMALIZATIONS: Final = {"LayerNormalization": -1, "BatchNormalization": 1, "InstanceNormalization": 1}
"""Operators that end with a scale (input 1) and a bias (input 2) for each channel, and the axis of the channels."""


def smoothed_sources(model: ir.Model) -> list[Source]:
    """Normalizations, and products with a constant for each channel as they end spelled-out ones, in order."""
    context = RewriteContext(model.graph, model.graph.opset_imports.get("", 0))
    found: list[Source] = []
    for node in model.graph:
        if node.domain:
            continue
        source = _normalization(context, node) if node.op_type in _NORMALIZATIONS else _product(context, node)
        if source is not None:
            found.append(source)
    return found


def _normalization(context: RewriteContext, node: ir.Node) -> Source | None:
    rank = context.rank(node.outputs[0])
    axis = _NORMALIZATIONS[node.op_type]
    constants = [value for value in node.inputs[1:3] if value is not None]
    if rank is None or any(value.uses() for value in node.outputs[1:]):
        return None
    if node.op_type == "LayerNormalization" and flag(node, "axis", -1) % rank != rank - 1:
        return None
    if not constants or not all(is_own_constant(value) for value in constants):
        return None
    sizes = {context.shape(value) for value in constants}
    channels = (sizes.pop() or (None,))[0] if len(sizes) == 1 else None
    if not isinstance(channels, int) or channels < 2:
        return None
    return Source(node=node, axis=axis % rank, channels=channels, edits=_vectors(constants, channels))


def _vectors(constants: list[ir.Value], channels: int) -> tuple[Edit, ...]:
    index = np.arange(channels)
    return tuple(Edit(value=value, view=(channels,), index=index, divides=True) for value in constants)


def _product(context: RewriteContext, node: ir.Node) -> Source | None:
    """A Mul of a tensor and ``[C]``, along its last axis."""
    if node.op_type != "Mul" or len(node.inputs) != 2:
        return None
    rank = context.rank(node.outputs[0])
    constants = [value for value in node.inputs if value is not None and is_own_constant(value)]
    if rank is None or len(constants) != 1:
        return None
    sizes = context.shape(constants[0]) or ()
    channels = sizes[-1] if sizes and all(dim == 1 for dim in sizes[:-1]) else None
    if not isinstance(channels, int) or channels < 2 or len(sizes) > rank:
        return None
    view = (*[1] * (len(sizes) - 1), channels)
    edit = Edit(value=constants[0], view=view, index=np.arange(channels), divides=True)
    return Source(node=node, axis=rank - 1, channels=channels, edits=(edit,))
