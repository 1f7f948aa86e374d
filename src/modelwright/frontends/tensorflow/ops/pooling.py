"""Maximum and average over windows, in two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.convolution_precision import FLOAT_ONLY, in_float
from modelwright.frontends.tensorflow.ops.convolution_windows import (
    Padding,
    Window,
    pad_at_run_time,
    pad_attributes,
    read_padding,
    read_window,
    spatial_axes,
    spatial_sizes,
)
from modelwright.hub.dtypes import INTEGERS

NO_MAX_POOL = (INTEGERS | {ir.DataType.BFLOAT16}) - {ir.DataType.INT8, ir.DataType.UINT8}
"""Dtypes that ONNX's MaxPool does not take; float64 holds all of their values up to 53 bits."""


@tf_op("MaxPool")
def max_pool(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
) -> ir.Value:
    """The maximum over windows; padding never wins."""
    pads = read_padding(op, padding, explicit_paddings, data_format)
    return _pool(op, "MaxPool", x, ksize, strides, pads, data_format)


@tf_op("MaxPoolV2")
def max_pool_v2(
    op: TensorFlowBuilder,
    x: ir.Value,
    ksize: ir.Value,
    strides: ir.Value,
    *,
    padding: str,
    data_format: str = "NHWC",
) -> ir.Value:
    """``MaxPool`` with constant tensors for the window's size and strides."""
    size = op.need_constant(ksize, "the window's size").tolist()
    steps = op.need_constant(strides, "the window's strides").tolist()
    return _pool(op, "MaxPool", x, size, steps, read_padding(op, padding, None, data_format), data_format)


@tf_op("MaxPool3D")
def max_pool3d(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
) -> ir.Value:
    """The maximum over boxes."""
    return _pool(op, "MaxPool", x, ksize, strides, read_padding(op, padding, None, data_format), data_format)


@tf_op("AvgPool")
def avg_pool(
    op: TensorFlowBuilder,
    value: ir.Value,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    data_format: str = "NHWC",
) -> ir.Value:
    """The mean over windows; padding does not count."""
    pads = read_padding(op, padding, None, data_format)
    return _pool(op, "AveragePool", value, ksize, strides, pads, data_format)


@tf_op("AvgPool3D")
def avg_pool3d(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
) -> ir.Value:
    """The mean over boxes; padding does not count."""
    return _pool(op, "AveragePool", x, ksize, strides, read_padding(op, padding, None, data_format), data_format)


@tf_op("MaxPoolWithArgmax")
def max_pool_with_argmax(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    include_batch_in_index: bool = False,
) -> ir.Value | tuple[ir.Value, ...]:
    """The maximum, and where it was: ``(row * width + column) * channels + channel``, plus the batch's start if asked.

    ONNX numbers the elements of ``[N, C, H, W]``, which is taken apart and put together again.
    """
    pads = read_padding(op, padding, None, "NHWC")
    if op.node.outputs == 1:
        return _pool(op, "MaxPool", x, ksize, strides, pads, "NHWC")
    window, attributes = _window(op, x, ksize, strides, pads, "NHWC")
    if attributes is None:
        raise op.fail("its windows are smaller than their steps", hint="fix the input's size with --inputs name[...]")
    first = op.channels_first(x, "NHWC")
    dtype = op.attribute_dtype("T")
    source = op.cast(first, ir.DataType.DOUBLE) if dtype in NO_MAX_POOL else first
    y, places = op.MaxPool(source, **window.attributes, **attributes, outputs=2)
    shape = op.shape_of(first)
    channels = op.gather(shape, [1])
    plane = op.Mul(op.gather(shape, [2]), op.gather(shape, [3]))
    images = op.Div(places, plane)
    inside = op.Sub(places, op.Mul(images, plane))
    batch = op.Div(images, channels)
    index = op.Add(op.Mul(inside, channels), op.Sub(images, op.Mul(batch, channels)))
    if include_batch_in_index:
        index = op.Add(index, op.Mul(batch, op.Mul(plane, channels)))
    index = op.cast(index, op.node.dtypes.get("Targmax", ir.DataType.INT64))
    return op.from_channels_first(op.cast(y, dtype), "NHWC"), op.from_channels_first(index, "NHWC")


def _pool(
    op: TensorFlowBuilder,
    op_type: str,
    x: ir.Value,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: Padding,
    data_format: str,
) -> ir.Value:
    if ksize[data_format.index("C")] != 1 and op_type == "MaxPool":
        return _pool_channels(op, x, ksize, strides, data_format)
    window, attributes = _window(op, x, ksize, strides, padding, data_format)

    def compute(x: ir.Value) -> ir.Value:
        if attributes is None:
            return _pool_with_gaps(op, op_type, x, window)
        plain = op_type == "MaxPool" and not attributes and _is_padded(x)
        return getattr(op, op_type)(x, **window.attributes, **({"auto_pad": "VALID"} if plain else attributes))

    first = op.channels_first(x, data_format)
    if op_type == "MaxPool":
        y = in_float(op, compute, first, dtypes=NO_MAX_POOL, through=ir.DataType.DOUBLE)
    else:
        y = in_float(op, compute, first, dtypes=FLOAT_ONLY)
    return op.from_channels_first(y, data_format)


def _window(
    op: TensorFlowBuilder,
    x: ir.Value,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: Padding,
    data_format: str,
) -> tuple[Window, dict[str, object] | None]:
    if any(ksize[axis] != 1 for axis in range(len(data_format)) if data_format[axis] in "NC"):
        raise op.fail(f"pools over the batch or the channels with the window {list(ksize)}")
    window = read_window(op, [ksize[axis] for axis in spatial_axes(data_format)], strides, None, data_format)
    return window, pad_attributes(window, padding, spatial_sizes(op, x, data_format))


def _is_padded(x: ir.Value) -> bool:
    """Whether a Pad made ``x``.

    ONNX Runtime (1.31) merges a Pad with zeros into a MaxPool that leaves ``auto_pad`` out, where padding never wins,
    and so changes what negative numbers give.
    """
    node = x.producer()
    while node is not None and node.op_type == "Transpose" and node.inputs[0] is not None:
        node = node.inputs[0].producer()
    return node is not None and node.op_type == "Pad"


def _pool_with_gaps(op: TensorFlowBuilder, op_type: str, x: ir.Value, window: Window) -> ir.Value:
    """SAME with windows smaller than their steps on unknown sizes, where ``auto_pad`` would mean something else."""
    if op_type == "MaxPool":
        kind = op.dtype(x).numpy()
        lowest = op.constant(np.asarray(np.iinfo(kind).min if kind.kind in "iu" else -np.inf, dtype=kind))
        return op.MaxPool(pad_at_run_time(op, x, window, fill=lowest), **window.attributes)
    count = len(window.strides)
    plane = op.concat([op.ints(1, 1), op.slice(op.shape_of(x), [2], [2 + count], [0])], 0)
    ones = op.Expand(op.scalar(1, x), plane)
    sums, shares = (op.AveragePool(pad_at_run_time(op, item, window), **window.attributes) for item in (x, ones))
    return op.Div(sums, shares)


def _pool_channels(
    op: TensorFlowBuilder, x: ir.Value, ksize: Sequence[int], strides: Sequence[int], data_format: str
) -> ir.Value:
    """The maximum over groups of neighbouring channels; TensorFlow takes nothing but whole groups here."""
    size = ksize[-1]
    if data_format[-1] != "C" or strides[-1] != size or any(n != 1 for n in (*ksize[:-1], *strides[:-1])):
        raise op.fail(f"pools over channels and space at once with the window {list(ksize)}")
    rank = len(ksize)
    groups = op.reshape(x, [*([0] * (rank - 1)), -1, size])
    return op.reduce("ReduceMax", groups, [rank], keepdims=False)


@tf_op("LRN")
def local_response_normalization(
    op: TensorFlowBuilder,
    x: ir.Value,
    *,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
) -> ir.Value:
    """``x / (bias + alpha * sum of squares of 2 * depth_radius + 1 neighbouring channels) ** beta``, NHWC.

    ONNX divides its ``alpha`` by the number of channels.
    """
    size = 2 * depth_radius + 1

    def compute(x: ir.Value) -> ir.Value:
        return op.LRN(x, size=size, alpha=alpha * size, beta=beta, bias=bias)

    return op.from_channels_first(in_float(op, compute, op.channels_first(x, "NHWC")), "NHWC")
