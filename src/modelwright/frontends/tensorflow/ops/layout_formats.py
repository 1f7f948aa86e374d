"""Shapes and axes moved from one layout of images to another, as TensorFlow's layout optimizer writes them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op


@tf_op("DataFormatDimMap")
def data_format_dim_map(
    op: TensorFlowBuilder, x: ir.Value, *, src_format: str = "NHWC", dst_format: str = "NCHW"
) -> ir.Value:
    """Axis numbers of one layout as those of another; negative ones count from the end."""
    table = np.asarray([dst_format.index(letter) for letter in src_format], op.dtype(x).numpy())
    return op.Gather(op.constant(table), x, axis=0)


@tf_op("DataFormatVecPermute")
def data_format_vec_permute(
    op: TensorFlowBuilder, x: ir.Value, *, src_format: str = "NHWC", dst_format: str = "NCHW"
) -> ir.Value:
    """Rows of ``x`` ([axes] or [axes, 2]), one an axis, in another layout's order.

    A tensor of fewer rows is about the spatial axes alone.
    """
    shape = op.shape(x)
    if shape is None or not isinstance(shape[0], int):
        raise op.fail("the number of axes is unknown", hint="give the input shapes with --inputs")
    source, target = src_format, dst_format
    if shape[0] == len(src_format) - 2:
        source, target = (text.replace("N", "").replace("C", "") for text in (source, target))
    return op.gather(x, [source.index(letter) for letter in target], 0)
