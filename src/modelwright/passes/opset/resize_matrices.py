"""Resizing by a Gather or a matrix product along each axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.interpolation import Axis, Method, outside, weights_of


def resize_by_matrices(
    op: StepBuilder, x: ir.Value, plan: dict[int, Axis], method: Method, extrapolation: float
) -> ir.Value:
    """Gathers or multiplies along each axis that changes."""
    rank, result = op.known_rank(x), x
    for place, axis in plan.items():
        matrix = weights_of(axis, method)
        if axis.size == axis.result and np.array_equal(matrix, np.eye(axis.size)):
            continue
        result = _along(op, result, place, rank, matrix)
    beyond = {place: outside(axis, method) for place, axis in plan.items()}
    if any(mask.any() for mask in beyond.values()):
        result = _extrapolated(op, result, rank, beyond, extrapolation)
    return result if result is not x else op.Identity(x)


def _along(op: StepBuilder, x: ir.Value, place: int, rank: int, matrix: np.ndarray) -> ir.Value:
    chosen = matrix.argmax(axis=1)
    if np.array_equal(matrix, np.eye(matrix.shape[1])[chosen]):
        return op.Gather(x, op.constant(chosen.astype(np.int64)), axis=place)
    if not op.is_float(x):
        raise op.fail("whole numbers are interpolated", hint="cast to float before it")
    weights = op.constant(matrix.astype(op.known_dtype(x).numpy()), name=f"{op.origin}/weights")
    if place == rank - 2:
        return op.MatMul(weights, x)
    turned = op.constant(np.ascontiguousarray(matrix.T).astype(op.known_dtype(x).numpy()), name=f"{op.origin}/weights")
    perm = [axis for axis in range(rank) if axis != place] + [place]
    back = [perm.index(axis) for axis in range(rank)]
    return op.transpose(op.MatMul(op.transpose(x, perm), turned), back)


def _extrapolated(op: StepBuilder, x: ir.Value, rank: int, beyond: dict[int, np.ndarray], number: float) -> ir.Value:
    mask: Any = np.zeros([1] * rank, bool)
    for place, outside_ in beyond.items():
        mask = mask | outside_.reshape([-1 if axis == place else 1 for axis in range(rank)])
    return op.Where(op.constant(mask), op.scalar(number, x), x)
