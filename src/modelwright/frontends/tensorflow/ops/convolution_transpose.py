"""Transposed convolutions, which TensorFlow writes as the gradient of a convolution with respect to its input.

``input_sizes`` is the shape of the result, and padding and strides are those of the convolution that would lead from
the result to ``out_backprop``. What ConvTranspose makes of ``n`` rows without padding has ``(n - 1) * stride + extent``
rows; the result is the part of it after the begin padding, and zero where the convolution never looked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.convolution import group_count
from modelwright.frontends.tensorflow.ops.convolution_filters import depthwise, filter_shape, kernel_of, output_first
from modelwright.frontends.tensorflow.ops.convolution_precision import in_float
from modelwright.frontends.tensorflow.ops.convolution_windows import (
    Padding,
    Window,
    read_padding,
    read_window,
    spatial_axes,
    spatial_sizes,
)
from modelwright.hub.padding import same_pads


@tf_op("Conv2DBackpropInput", ignores=("use_cudnn_on_gpu",))
def conv2d_backprop_input(
    op: TensorFlowBuilder,
    input_sizes: ir.Value,
    weights: ir.Value,
    out_backprop: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
) -> ir.Value:
    """Transposed convolution with a filter ``[H, W, channels of the result, channels of out_backprop]``."""
    shape = filter_shape(op, weights, 4)
    window = read_window(op, kernel_of(shape), strides, dilations, data_format)
    pads = read_padding(op, padding, explicit_paddings, data_format)
    sizes = _sizes(op, input_sizes, len(data_format))
    group = group_count(op, _known(sizes[data_format.index("C")]), shape[-2])
    first = output_first(op, weights, 4)
    return _transposed(op, input_sizes, first, out_backprop, window, pads, data_format, group)


@tf_op("Conv2DBackpropInputV2", ignores=("use_cudnn_on_gpu",))
def conv2d_backprop_input_v2(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    out_backprop: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
) -> ir.Value:
    """``Conv2DBackpropInput`` that takes a tensor of the result's shape instead of the shape."""
    return conv2d_backprop_input(
        op,
        op.shape_of(x),
        weights,
        out_backprop,
        strides=strides,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=dilations,
    )


@tf_op("Conv3DBackpropInputV2")
def conv3d_backprop_input(
    op: TensorFlowBuilder,
    input_sizes: ir.Value,
    weights: ir.Value,
    out_backprop: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
    dilations: Sequence[int] = (1, 1, 1, 1, 1),
) -> ir.Value:
    """Transposed convolution with a filter ``[D, H, W, channels of the result, channels of out_backprop]``."""
    window = read_window(op, kernel_of(filter_shape(op, weights, 5)), strides, dilations, data_format)
    pads = read_padding(op, padding, None, data_format)
    return _transposed(op, input_sizes, output_first(op, weights, 5), out_backprop, window, pads, data_format, 1)


@tf_op("DepthwiseConv2dNativeBackpropInput")
def depthwise_conv2d_backprop_input(
    op: TensorFlowBuilder,
    input_sizes: ir.Value,
    weights: ir.Value,
    out_backprop: ir.Value,
    *,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
) -> ir.Value:
    """Transposed depthwise convolution with a filter ``[H, W, C, M]``; ``C * M`` channels become ``C``."""
    shape = filter_shape(op, weights, 4)
    window = read_window(op, kernel_of(shape), strides, dilations, data_format)
    pads = read_padding(op, padding, explicit_paddings, data_format)
    channels = _known(shape[2])
    if channels is None:
        raise op.fail("the filter's number of channels is unknown")
    return _transposed(op, input_sizes, depthwise(op, weights), out_backprop, window, pads, data_format, channels)


def _transposed(
    op: TensorFlowBuilder,
    input_sizes: ir.Value,
    weights: ir.Value,
    y: ir.Value,
    window: Window,
    padding: Padding,
    data_format: str,
    group: int,
) -> ir.Value:
    """The transposed convolution of ``y`` with ``[channels of y, channels of the result / group, spatial...]``."""
    known = _sizes(op, input_sizes, len(data_format))
    sizes = [known[axis] for axis in spatial_axes(data_format)]
    static = _static_pads(window, padding, sizes, spatial_sizes(op, y, data_format))

    def compute(y: ir.Value, weights: ir.Value) -> ir.Value:
        attributes = {**window.attributes, "group": group if group > 1 else None}
        if static is not None:
            return op.ConvTranspose(y, weights, **attributes, **static)
        return _cut_at_run_time(
            op, y, weights, window, padding, attributes, _spatial_part(op, input_sizes, data_format)
        )

    return op.from_channels_first(in_float(op, compute, op.channels_first(y, data_format), weights), data_format)


def _static_pads(
    window: Window, padding: Padding, sizes: Sequence[Dim], rows: Sequence[Dim]
) -> dict[str, object] | None:
    """``pads`` and ``output_padding`` of ConvTranspose, or None when they depend on what only the run knows."""
    pairs: list[tuple[int, int]] = []
    extra: list[int] = []
    for axis, (size, row, extent, stride) in enumerate(zip(sizes, rows, window.extents, window.strides, strict=True)):
        pair = padding.explicit[axis] if padding.explicit else (0, 0)
        if padding.mode == "SAME":
            found = same_pads(size, extent, stride)
            if found is None:
                return None
            pair = found
        if extent is None:
            return None
        pairs.append(pair)
        if padding.mode == "SAME" and stride == 1:
            extra.append(0)
        elif isinstance(size, int) and isinstance(row, int):
            extra.append(size + sum(pair) - (row - 1) * stride - extent)
        else:
            return None
    result: dict[str, object] = {}
    if any(begin or end for begin, end in pairs):
        result["pads"] = [begin for begin, _ in pairs] + [end for _, end in pairs]
    return {**result, "output_padding": extra} if any(extra) else result


def _cut_at_run_time(
    op: TensorFlowBuilder,
    y: ir.Value,
    weights: ir.Value,
    window: Window,
    padding: Padding,
    attributes: dict[str, object],
    sizes: ir.Value,
) -> ir.Value:
    """Makes all rows that the result can have, then cuts out those it has.

    Args:
        op: The builder.
        y: Channels first.
        weights: Of ConvTranspose.
        window: The window.
        padding: The padding.
        attributes: Of ConvTranspose, without padding.
        sizes: Spatial sizes of the result, int64.
    """
    count = len(window.strides)
    spare = [stride - 1 for stride in window.strides]
    full = op.ConvTranspose(y, weights, **attributes, output_padding=spare if any(spare) else None)
    if padding.mode == "SAME":
        rows = op.slice(op.shape_of(full), [2], [2 + count], [0])
        excess = op.Sub(op.Sub(rows, op.ints(spare)), sizes)
        begins = op.Div(op.Max(excess, op.constant(np.zeros(1, np.int64))), op.ints(2))
    else:
        begins = op.ints([begin for begin, _ in padding.explicit] or [0] * count)
    return op.Slice(full, begins, op.Add(begins, sizes), op.ints(list(range(2, 2 + count))))


def _sizes(op: TensorFlowBuilder, input_sizes: ir.Value, rank: int) -> list[Dim]:
    """What is known of the result's shape; ``[H, W]`` alone is completed by None."""
    found = op.shapes.contents(input_sizes)
    known: list[Dim] = list(found.tolist()) if found is not None else [None] * rank
    if len(known) == rank:
        return known
    return [None, *known, None] if len(known) == rank - 2 else [None] * rank


def _known(dim: Dim) -> int | None:
    return dim if isinstance(dim, int) else None


def _spatial_part(op: TensorFlowBuilder, input_sizes: ir.Value, data_format: str) -> ir.Value:
    if op.shape(input_sizes) == (len(data_format) - 2,):
        return op.cast(input_sizes, ir.DataType.INT64)
    axes = spatial_axes(data_format)
    return op.slice(op.cast(input_sizes, ir.DataType.INT64), [axes[0]], [axes[-1] + 1], [0])
