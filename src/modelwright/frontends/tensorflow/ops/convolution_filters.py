"""Filters: TensorFlow keeps spatial axes first and output channels last, ONNX output channels first."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.tensorflow.builder import TensorFlowBuilder


def filter_shape(op: TensorFlowBuilder, weights: ir.Value, rank: int) -> tuple[Dim, ...]:
    """The filter's dimensions, ``rank`` of them; None where unknown."""
    return op.shape(weights) or (None,) * rank


def kernel_of(shape: tuple[Dim, ...]) -> tuple[int | None, ...]:
    """The spatial sizes of a filter ``[spatial..., I, O]``; None where unknown."""
    return tuple(dim if isinstance(dim, int) else None for dim in shape[:-2])


def output_first(op: TensorFlowBuilder, weights: ir.Value, rank: int) -> ir.Value:
    """``[spatial..., I, O]`` as ``[O, I, spatial...]``; a constant becomes a view, which costs no memory."""
    perm = [rank - 1, rank - 2, *range(rank - 2)]
    array = op.constant_value(weights)
    if array is None:
        return op.transpose(weights, perm)
    return _view(op, weights, np.transpose(array, perm))


def depthwise(op: TensorFlowBuilder, weights: ir.Value) -> ir.Value:
    """A depthwise filter ``[H, W, C, M]`` as the grouped one ``[C * M, 1, H, W]``."""
    array = op.constant_value(weights)
    if array is None:
        return op.transpose(op.reshape(weights, [0, 0, 1, -1]), [3, 2, 0, 1])
    height, width = array.shape[:2]
    return _view(op, weights, np.transpose(array.reshape(height, width, 1, -1), [3, 2, 0, 1]))


def _view(op: TensorFlowBuilder, weights: ir.Value, array: np.ndarray) -> ir.Value:
    return op.initializer(ir.Tensor(array, dtype=op.dtype(weights)), name=f"{op.node.name}/filter")
