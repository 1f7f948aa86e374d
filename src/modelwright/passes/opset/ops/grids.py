"""AffineGrid below opset 20: each coordinate is one axis's places times a column of theta, summed by broadcasting."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.ops.constants import count_up


@lower("AffineGrid", version=20)
def affine_grid(op: StepBuilder, theta: ir.Value, size: ir.Value, *, align_corners: int = 0) -> ir.Value:
    """``grid[n, .., :] = theta[n, :, :-1] @ (x, y, ..) + theta[n, :, -1]``, the places of an axis lying in -1..1.

    Args:
        op: The builder.
        theta: Float ``[N, 2, 3]`` or ``[N, 3, 4]``.
        size: Int64 ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        align_corners: Whether -1 and 1 are the middles of the outermost places, rather than their edges.
    """
    count = op.static(size, [0])[0] - 2
    total = _column(op, theta, count, count)
    for axis in range(count):
        places = _places(op, op.slice(size, [axis + 2], [axis + 3], [0]), theta, align=bool(align_corners))
        shape = [1] * (count + 2)
        shape[axis + 1] = -1
        column = _column(op, theta, count - 1 - axis, count)
        total = op.Add(total, op.Mul(column, op.Reshape(places, op.ints(*shape))))
    return total


def _column(op: StepBuilder, theta: ir.Value, index: int, count: int) -> ir.Value:
    """``theta[:, :, index]`` as ``[N, 1, .., 1, count]``."""
    column = op.Gather(theta, op.constant(np.asarray(index)), axis=2)
    return op.Reshape(column, op.ints(-1, *[1] * count, count))


def _places(op: StepBuilder, length: ir.Value, theta: ir.Value, *, align: bool) -> ir.Value:
    """Where the places of an axis of that length (int64[1]) lie."""
    dtype = op.known_dtype(theta)
    wide = dtype if dtype is ir.DataType.DOUBLE else ir.DataType.FLOAT
    numbers = op.cast(count_up(op, length), wide)
    real = op.cast(length, wide)
    one = op.scalar(1.0, real)
    if align:
        step = op.Div(op.scalar(2.0, real), op.Sub(real, one))
        return op.cast(op.Sub(op.Mul(numbers, step), one), dtype)
    step = op.Div(op.scalar(2.0, real), real)
    middles = op.Add(numbers, op.scalar(0.5, real))
    return op.cast(op.Sub(op.Mul(middles, step), one), dtype)
