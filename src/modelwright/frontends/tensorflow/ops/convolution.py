"""Convolutions, plain, grouped and depthwise, in two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.convolution_filters import depthwise, filter_shape, kernel_of, output_first
from modelwright.frontends.tensorflow.ops.convolution_precision import in_float
from modelwright.frontends.tensorflow.ops.convolution_windows import (
    Padding,
    Window,
    pad_at_run_time,
    pad_attributes,
    read_padding,
    read_window,
    spatial_sizes,
)


@tf_op("Conv2D", ignores=("use_cudnn_on_gpu",))
def conv2d(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
) -> ir.Value:
    """Cross-correlation with a filter ``[H, W, I, O]``; grouped when ``x`` has more than ``I`` channels."""
    pads = read_padding(op, padding, explicit_paddings, data_format)
    return convolve(op, x, weights, strides=strides, padding=pads, data_format=data_format, dilations=dilations)


@tf_op("Conv3D")
def conv3d(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
    dilations: Sequence[int] = (1, 1, 1, 1, 1),
) -> ir.Value:
    """Cross-correlation with a filter ``[D, H, W, I, O]``."""
    pads = read_padding(op, padding, None, data_format)
    return convolve(op, x, weights, strides=strides, padding=pads, data_format=data_format, dilations=dilations)


@tf_op("DepthwiseConv2dNative")
def depthwise_conv2d(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
) -> ir.Value:
    """Every channel with its own ``M`` filters: ``[H, W, C, M]`` gives ``C * M`` channels, those of one together."""
    shape = filter_shape(op, weights, 4)
    channels = shape[2] if isinstance(shape[2], int) else channel_count(op, x, data_format)
    if channels is None:
        raise op.fail("the number of channels is unknown", hint="give the input's shape with --inputs name[...]")
    window = read_window(op, kernel_of(shape), strides, dilations, data_format)
    pads = read_padding(op, padding, explicit_paddings, data_format)
    sizes = spatial_sizes(op, x, data_format)

    def compute(x: ir.Value, weights: ir.Value) -> ir.Value:
        return emit_conv(op, x, depthwise(op, weights), window, pads, sizes, channels)

    first = op.channels_first(x, data_format)
    return op.from_channels_first(in_float(op, compute, first, weights), data_format)


def convolve(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    *,
    strides: Sequence[int],
    padding: Padding,
    data_format: str,
    dilations: Sequence[int],
) -> ir.Value:
    """A convolution of any number of spatial axes.

    Args:
        op: The builder.
        x: Laid out as ``data_format``.
        weights: ``[spatial..., I, O]``.
        strides: In ``data_format`` order.
        padding: Along the spatial axes.
        data_format: The layout of ``x`` and of the result.
        dilations: In ``data_format`` order.
    """
    rank = len(data_format)
    shape = filter_shape(op, weights, rank)
    window = read_window(op, kernel_of(shape), strides, dilations, data_format)
    sizes = spatial_sizes(op, x, data_format)
    group = group_count(op, channel_count(op, x, data_format), shape[-2])

    def compute(x: ir.Value, weights: ir.Value) -> ir.Value:
        return emit_conv(op, x, output_first(op, weights, rank), window, padding, sizes, group)

    first = op.channels_first(x, data_format)
    return op.from_channels_first(in_float(op, compute, first, weights), data_format)


def emit_conv(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    window: Window,
    padding: Padding,
    sizes: Sequence[int | str | None],
    group: int,
) -> ir.Value:
    """A Conv of channels-first ``x`` with ``[O, I / group, spatial...]``; SAME is computed at run time if need be."""
    attributes = pad_attributes(window, padding, sizes)
    if attributes is None:
        x = pad_at_run_time(op, x, window, extents=_extents_at_run_time(op, weights, window))
        attributes = {}
    return op.Conv(x, weights, **window.attributes, **attributes, group=group if group > 1 else None)


def channel_count(op: TensorFlowBuilder, x: ir.Value, data_format: str) -> int | None:
    """The number of channels, or None if unknown."""
    shape = op.shape(x)
    channels = shape[data_format.index("C")] if shape is not None else None
    return channels if isinstance(channels, int) else None


def group_count(op: TensorFlowBuilder, channels: int | None, filter_channels: int | str | None) -> int:
    """How many groups a filter of ``filter_channels`` inputs makes of ``channels``; 1 when either is unknown.

    Raises:
        ConversionError: One is no multiple of the other.
    """
    if channels is None or not isinstance(filter_channels, int):
        return 1
    if filter_channels == 0 or channels % filter_channels:
        raise op.fail(f"{channels} channels cannot be cut into groups of {filter_channels}")
    return max(channels // filter_channels, 1)


def _extents_at_run_time(op: TensorFlowBuilder, weights: ir.Value, window: Window) -> ir.Value | None:
    if None not in window.kernel:
        return None
    kernel = op.slice(op.shape_of(weights), [2], [2 + len(window.kernel)], [0])
    one = op.ints(1)
    return op.Add(op.Mul(op.Sub(kernel, one), op.ints(list(window.dilations))), one)
