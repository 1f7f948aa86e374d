"""Convolutions: plain, grouped, depthwise, three-dimensional and transposed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.frontends.tflite.windows import Window, spatial_sizes


@tflite_op("CONV_2D")
def conv2d(
    op: TFLiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None = None,
    *,
    padding: str,
    stride_w: int,
    stride_h: int,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> ir.Value:
    """Cross-correlation of NHWC with a filter ``[O, H, W, I]``; grouped when ``x`` has more than ``I`` channels."""
    shape = _filter_shape(op, weights)
    channels = _channels(op, x)
    group = channels // shape[3] if channels is not None and shape[3] else 1
    window = Window(
        kernel=shape[1:3], strides=(stride_h, stride_w), dilations=(dilation_h_factor, dilation_w_factor), mode=padding
    )
    return _conv(op, x, op.weights(weights, [0, 3, 1, 2]), bias, window, group)


@tflite_op("DEPTHWISE_CONV_2D", ignores=("depth_multiplier",))
def depthwise_conv2d(
    op: TFLiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None = None,
    *,
    padding: str,
    stride_w: int,
    stride_h: int,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> ir.Value:
    """Every channel with its own filters ``[1, H, W, C * M]``, those of one channel together."""
    shape, channels = _filter_shape(op, weights), _channels(op, x)
    if channels is None or channels < 1 or shape[3] % channels:
        raise op.fail(f"{channels} channels do not divide the {shape[3]} of the filter")
    window = Window(
        kernel=shape[1:3], strides=(stride_h, stride_w), dilations=(dilation_h_factor, dilation_w_factor), mode=padding
    )
    return _conv(op, x, op.weights(weights, [3, 0, 1, 2]), bias, window, channels)


@tflite_op("CONV_3D")
def conv3d(
    op: TFLiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None = None,
    *,
    padding: str,
    stride_d: int,
    stride_w: int,
    stride_h: int,
    dilation_d_factor: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> ir.Value:
    """Cross-correlation of NDHWC with a filter ``[D, H, W, I, O]``."""
    shape = _filter_shape(op, weights)
    channels = _channels(op, x)
    window = Window(
        kernel=shape[:3],
        strides=(stride_d, stride_h, stride_w),
        dilations=(dilation_d_factor, dilation_h_factor, dilation_w_factor),
        mode=padding,
    )
    group = channels // shape[3] if channels is not None and shape[3] else 1
    return _conv(op, x, op.weights(weights, [4, 3, 0, 1, 2]), bias, window, group)


@tflite_op("TRANSPOSE_CONV")
def transpose_conv(
    op: TFLiteBuilder,
    size: ir.Value,
    weights: ir.Value,
    x: ir.Value,
    bias: ir.Value | None = None,
    *,
    padding: str,
    stride_w: int,
    stride_h: int,
) -> ir.Value:
    """The convolution ``[O, H, W, I]`` run backwards; ``size`` is the shape of the result."""
    shape = _filter_shape(op, weights)
    window = Window(kernel=shape[1:3], strides=(stride_h, stride_w), dilations=(1, 1), mode=padding)
    return _transposed(op, size, op.weights(weights, [3, 0, 1, 2]), x, bias, window)


@tflite_op("CONV_3D_TRANSPOSE")
def conv3d_transpose(
    op: TFLiteBuilder,
    size: ir.Value,
    weights: ir.Value,
    x: ir.Value,
    bias: ir.Value | None = None,
    *,
    padding: str,
    stride_d: int,
    stride_w: int,
    stride_h: int,
    dilation_d_factor: int = 1,
    dilation_w_factor: int = 1,
    dilation_h_factor: int = 1,
) -> ir.Value:
    """The convolution ``[D, H, W, O, I]`` run backwards."""
    shape = _filter_shape(op, weights)
    window = Window(
        kernel=shape[:3],
        strides=(stride_d, stride_h, stride_w),
        dilations=(dilation_d_factor, dilation_h_factor, dilation_w_factor),
        mode=padding,
    )
    return _transposed(op, size, op.weights(weights, [4, 3, 0, 1, 2]), x, bias, window)


def _conv(
    op: TFLiteBuilder, x: ir.Value, weights: ir.Value, bias: ir.Value | None, window: Window, group: int
) -> ir.Value:
    attributes = window.pads(op, spatial_sizes(op, x))
    first = op.first(x)
    y = op.Conv(first, weights, bias, **window.attributes, **attributes, group=group if group > 1 else None)
    return op.last(y, len(window.kernel) + 2)


def _transposed(
    op: TFLiteBuilder, size: ir.Value, weights: ir.Value, x: ir.Value, bias: ir.Value | None, window: Window
) -> ir.Value:
    """ConvTranspose, whose rows without padding number ``(n - 1) * stride + extent``, cut to the size asked for."""
    rank = len(window.kernel) + 2
    known = op.shapes.contents(size)
    sizes: Sequence[Dim] = known.tolist()[1:-1] if known is not None and len(known) == rank else [None] * (rank - 2)
    rows = spatial_sizes(op, x)
    attributes: dict[str, object] = {}
    if all(isinstance(item, int) for item in (*sizes, *rows)):
        pairs = window.pairs([item for item in sizes if isinstance(item, int)])
        spare = [
            int(wanted or 0) + sum(pair) - (int(row or 0) - 1) * stride - extent
            for wanted, pair, row, stride, extent in zip(
                sizes, pairs, rows, window.strides, window.extents, strict=True
            )
        ]
        attributes = _cut(pairs, spare)
    elif window.mode == "SAME":
        attributes["auto_pad"] = "SAME_UPPER"
    elif any(extent < stride for extent, stride in zip(window.extents, window.strides, strict=True)):
        raise op.fail("makes a result of a size that only the run knows", hint="convert with fixed input shapes")
    y = op.ConvTranspose(op.first(x), weights, bias, **window.attributes, **attributes)
    return op.last(y, rank)


def _cut(pairs: Sequence[tuple[int, int]], spare: Sequence[int]) -> dict[str, object]:
    """``pads`` and ``output_padding``; rows to be left out at the end are padding there."""
    begins = [begin for begin, _ in pairs]
    ends = [end - min(extra, 0) for (_, end), extra in zip(pairs, spare, strict=True)]
    more = [max(extra, 0) for extra in spare]
    result: dict[str, object] = {"pads": begins + ends} if any(begins + ends) else {}
    return {**result, "output_padding": more} if any(more) else result


def _filter_shape(op: TFLiteBuilder, weights: ir.Value) -> tuple[int, ...]:
    shape = op.shapes.static_shape(weights)
    if shape is None:
        raise op.fail("its filter has no fixed shape")
    return shape


def _channels(op: TFLiteBuilder, x: ir.Value) -> int | None:
    shape = op.shape(x)
    channels = shape[-1] if shape else None
    return channels if isinstance(channels, int) else None


@tflite_op("FULLY_CONNECTED")
def fully_connected(
    op: TFLiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None = None,
    *,
    weights_format: str = "DEFAULT",
    keep_num_dims: bool = False,
) -> ir.Value:
    """``x`` times the transposed ``[O, I]``, plus the bias; all but the last dimension are joined unless kept."""
    if weights_format != "DEFAULT":
        raise op.fail(f"its weights are stored as {weights_format}", hint="convert the source without that format")
    shape = op.shapes.static_shape(weights)
    rank = op.rank(x)
    if shape is None:
        raise op.fail("its weights have no fixed shape")
    joined = not keep_num_dims and (rank != 2 or op.shape(x) is None)
    flat = op.reshape(x, [-1, shape[1]]) if joined else x
    if rank == 2 or joined:
        return op.Gemm(flat, weights, bias, transB=1)
    y = op.MatMul(flat, op.weights(weights, [1, 0]))
    return y if bias is None else op.Add(y, bias)


@tflite_op("BATCH_MATMUL")
def batch_matmul(op: TFLiteBuilder, x: ir.Value, y: ir.Value, *, adj_x: bool = False, adj_y: bool = False) -> ir.Value:
    """Matrix products over the last two dimensions, either side transposed if asked; the others broadcast."""
    left, right = (_swapped(op, side) if turned else side for side, turned in ((x, adj_x), (y, adj_y)))
    if op.dtype(x) is ir.DataType.FLOAT:
        return op.MatMul(left, right)
    wide = op.MatMul(op.cast(left, ir.DataType.INT32), op.cast(right, ir.DataType.INT32))
    return op.cast(wide, op.node.outputs[0].dtype or ir.DataType.INT32)


def _swapped(op: TFLiteBuilder, x: ir.Value) -> ir.Value:
    rank = op.need_rank(x)
    return op.weights(x, [int(axis) for axis in np.array([*range(rank - 2), rank - 1, rank - 2])])
