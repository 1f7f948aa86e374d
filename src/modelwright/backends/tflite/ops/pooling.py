"""Pooling over two dimensions, with channels last, and over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import FLOAT, LiteBuilder
from modelwright.backends.tflite.operators import window_op
from modelwright.backends.tflite.ops.convolution import channels_first, channels_last, lite_shape, padded, plane
from modelwright.backends.tflite.windows import Window, counted_pads, counts_of, window_of
from modelwright.hub.dtypes import FLOATS


@window_op("MaxPool", ignores=("storage_order",))
def max_pool(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> tuple[ir.Value, ...] | None:
    """MAX_POOL_2D; what SAME does not pad is padded with the lowest number."""
    if not _in_a_plane(kernel_shape, dilations) or op.wants(1):
        return None
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    data = channels_last(op, x)
    if op.dtype(x) not in FLOATS:
        data = op.cast(data, FLOAT)
    data = padded(op, data, window, -np.inf)
    result = op.MAX_POOL_2D(data, **_options(op, window, data))
    if op.dtype(x) not in FLOATS:
        result = op.cast(result, op.dtype(x))
    return (channels_first(op, result, len(kernel_shape) + 2),)


@window_op("AveragePool")
def average_pool(
    op: LiteBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value | None:
    """AVERAGE_POOL_2D, which does not count what SAME pads; other padding is corrected by the counts."""
    if not _in_a_plane(kernel_shape, dilations):
        return None
    window = window_of(
        op,
        x,
        kernel_shape,
        auto_pad=auto_pad,
        pads=pads,
        strides=strides,
        dilations=dilations,
        ceil=bool(ceil_mode),
    )
    counted = counted_pads(window, pads, include=bool(count_include_pad) and auto_pad == "NOTSET")
    if window.same and count_include_pad:
        if auto_pad != "NOTSET":
            counted = window.pads
        window = replace(window, same=False)
    data = padded(op, channels_last(op, x), window)
    result = op.AVERAGE_POOL_2D(data, **_options(op, window, data))
    if window.padded and not window.same and counted != window.pads:
        counts = counts_of(op, x, window, counted)
        area = np.float64(prod(kernel_shape))
        factor = (area / counts).reshape((1, *([1] * (3 - len(kernel_shape) - 1)), *counts.shape, 1))
        result = op.MUL(result, op.constant(factor.astype(op.dtype(x).numpy())))
    return channels_first(op, result, len(kernel_shape) + 2)


def _in_a_plane(kernel: Sequence[int], dilations: Sequence[int] | None) -> bool:
    return len(kernel) <= 2 and all(gap == 1 for gap in dilations or ())


def _options(op: LiteBuilder, window: Window, x: ir.Value) -> dict[str, object]:
    kernel, strides = plane(window, "kernel"), plane(window, "strides")
    return {
        "padding": window.padding,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "filter_height": kernel[0],
        "filter_width": kernel[1],
        "shape": lite_shape(op, window, x, (op.shape(x) or (None,))[-1]),
    }


@window_op("GlobalAveragePool")
def global_average_pool(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The mean over all spatial dimensions."""
    return op.reduce("ReduceMean", x, list(range(2, op.need_rank(x))), keepdims=True)


@window_op("GlobalMaxPool")
def global_max_pool(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """The largest over all spatial dimensions."""
    return op.reduce("ReduceMax", x, list(range(2, op.need_rank(x))), keepdims=True)


@window_op("GlobalLpPool")
def global_lp_pool(op: LiteBuilder, x: ir.Value, *, p: int = 2) -> ir.Value:
    """The root of the sum of powers over all spatial dimensions."""
    axes = list(range(2, op.need_rank(x)))
    if p in (1, 2):
        return op.reduce(f"ReduceL{p}", x, axes, keepdims=True)
    total = op.reduce("ReduceSum", op.Pow(op.Abs(x), op.scalar(p, x)), axes, keepdims=True)
    return op.Pow(total, op.scalar(1 / p, x))
