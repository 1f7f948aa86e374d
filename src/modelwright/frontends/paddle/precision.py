"""Operators that ONNX Runtime computes in single precision only, and how doubles go through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import onnx_ir as ir

from modelwright.frontends.paddle.builder import Converted, PaddleBuilder

SINGLE_ONLY: Final = frozenset(
    (
        "conv2d conv3d depthwise_conv2d conv2d_transpose conv3d_transpose depthwise_conv2d_transpose pool2d pool3d "
        "lp_pool2d max_pool2d_with_index max_pool3d_with_index grid_sample nearest_interp linear_interp "
        "bilinear_interp trilinear_interp bicubic_interp lrn instance_norm group_norm rnn celu prelu thresholded_relu "
        "deformable_conv unfold fold roi_align roi_pool pixel_shuffle pixel_unshuffle channel_shuffle einsum"
    ).split()
)
"""Measured with ONNX Runtime 1.31; the difference to a computation in doubles is that of single precision."""


def narrowed(op: PaddleBuilder, given: Sequence[Converted | None]) -> tuple[list[Converted | None], bool]:
    """The operands with doubles as floats, and whether there was one."""
    found = [_narrow(op, item) for item in given]
    return found, any(new is not old for new, old in zip(found, given, strict=True))


def _narrow(op: PaddleBuilder, item: Converted | None) -> Converted | None:
    if isinstance(item, list):
        parts = [_narrow_value(op, part) for part in item]
        return parts if any(new is not old for new, old in zip(parts, item, strict=True)) else item
    return item if item is None else _narrow_value(op, item)


def _narrow_value(op: PaddleBuilder, value: ir.Value) -> ir.Value:
    return op.cast(value, ir.DataType.FLOAT) if op.dtype(value) is ir.DataType.DOUBLE else value


def widened(op: PaddleBuilder, results: Sequence[Converted | None]) -> tuple[Converted | None, ...]:
    """Floats among the results as doubles again."""
    return tuple(
        [_widen(op, part) for part in item] if isinstance(item, list) else item if item is None else _widen(op, item)
        for item in results
    )


def _widen(op: PaddleBuilder, value: ir.Value) -> ir.Value:
    return op.cast(value, ir.DataType.DOUBLE) if op.dtype(value) is ir.DataType.FLOAT else value
