"""Depth and space exchanged, and images cut into patches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.convolution import channel_count, emit_conv
from modelwright.frontends.tensorflow.ops.convolution_precision import in_float
from modelwright.frontends.tensorflow.ops.convolution_windows import read_padding, read_window, spatial_sizes
from modelwright.hub.dtypes import INTEGERS

_NO_BLOCKS = (INTEGERS | {ir.DataType.BFLOAT16}) - {ir.DataType.INT8, ir.DataType.UINT8}
_NO_CONVOLUTION = INTEGERS | {ir.DataType.BFLOAT16, ir.DataType.DOUBLE}


@tf_op("DepthToSpace", "SpaceToDepth")
def exchange_depth_and_space(
    op: TensorFlowBuilder, x: ir.Value, *, block_size: int, data_format: str = "NHWC"
) -> ir.Value:
    """Channels become blocks of pixels, or the opposite: place in the block first, then the channel (ONNX's DCR)."""
    if data_format not in ("NHWC", "NCHW"):
        raise op.fail(f"has the layout {data_format}")

    def compute(x: ir.Value) -> ir.Value:
        return getattr(op, op.node.op_type)(x, blocksize=block_size)

    y = in_float(op, compute, op.channels_first(x, data_format), dtypes=_NO_BLOCKS, through=ir.DataType.DOUBLE)
    return op.from_channels_first(y, data_format)


@tf_op("ExtractImagePatches")
def extract_image_patches(
    op: TensorFlowBuilder,
    images: ir.Value,
    *,
    ksizes: Sequence[int],
    strides: Sequence[int],
    rates: Sequence[int],
    padding: str,
) -> ir.Value:
    """The pixels under each window as channels, row by row, the image's channels innermost.

    Done by a convolution of every channel with filters that pick one pixel each.
    """
    channels = channel_count(op, images, "NHWC")
    if channels is None:
        raise op.fail("the number of channels is unknown", hint="give the input's shape with --inputs name[...]")
    rows, columns = ksizes[1:3]
    window = read_window(op, (rows, columns), strides, rates, "NHWC")
    pads, sizes = read_padding(op, padding, None, "NHWC"), spatial_sizes(op, images, "NHWC")
    area = rows * columns
    picks = np.tile(np.eye(area, dtype=np.float32).reshape(area, 1, rows, columns), (channels, 1, 1, 1))

    def compute(x: ir.Value) -> ir.Value:
        return emit_conv(op, x, op.cast(op.constant(picks), op.dtype(x)), window, pads, sizes, channels)

    first = op.channels_first(images, "NHWC")
    found = in_float(op, compute, first, dtypes=_NO_CONVOLUTION)
    last = op.from_channels_first(found, "NHWC")
    split = op.reshape(last, [0, 0, 0, channels, area])
    return op.reshape(op.transpose(split, [0, 1, 2, 4, 3]), [0, 0, 0, area * channels])
