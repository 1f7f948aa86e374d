"""Grayscale morphological dilation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.convolution_precision import in_float
from modelwright.frontends.tensorflow.ops.convolution_windows import (
    Window,
    pad_at_run_time,
    pad_attributes,
    read_padding,
    read_window,
    spatial_sizes,
)
from modelwright.hub.dtypes import INTEGERS

_NOT_FLOAT = INTEGERS | {ir.DataType.BFLOAT16}
_LARGEST = 64


@tf_op("Dilation2D")
def dilation2d(
    op: TensorFlowBuilder,
    x: ir.Value,
    weights: ir.Value,
    *,
    strides: Sequence[int],
    rates: Sequence[int],
    padding: str,
) -> ir.Value:
    """``max over i, j of x[row + rate * i, column + rate * j] + weights[i, j]`` in every channel, NHWC.

    One shifted copy of the image for each of the filter's elements; padding never wins.
    """
    shape = op.shape(weights)
    sizes = [dim for dim in shape[:2] if isinstance(dim, int)] if shape is not None else []
    if len(sizes) != 2 or sizes[0] * sizes[1] > _LARGEST:
        raise op.fail(f"its filter has the size {sizes}; up to {_LARGEST} elements of a known number are supported")
    window = read_window(op, sizes, strides, rates, "NHWC")
    attributes = pad_attributes(window, read_padding(op, padding, None, "NHWC"), spatial_sizes(op, x, "NHWC"))

    def compute(x: ir.Value, weights: ir.Value) -> ir.Value:
        padded = _padded(op, x, window, attributes)
        return op.Max(*_shifted(op, padded, op.transpose(weights, [2, 0, 1]), window, sizes))

    return op.from_channels_first(
        in_float(op, compute, op.channels_first(x, "NHWC"), weights, dtypes=_NOT_FLOAT, through=ir.DataType.DOUBLE),
        "NHWC",
    )


def _padded(op: TensorFlowBuilder, x: ir.Value, window: Window, attributes: dict[str, object] | None) -> ir.Value:
    lowest = op.constant(np.asarray(-np.inf, dtype=op.dtype(x).numpy()))
    if attributes is None or "auto_pad" in attributes:
        return pad_at_run_time(op, x, window, fill=lowest)
    pads = attributes.get("pads")
    if not isinstance(pads, list):
        return x
    return op.pad(x, [0, 0, *pads[:2], 0, 0, *pads[2:]], value=lowest)


def _shifted(
    op: TensorFlowBuilder, x: ir.Value, weights: ir.Value, window: Window, sizes: Sequence[int]
) -> list[ir.Value]:
    """For each element of the filter, what it sees plus its value; ``weights`` are ``[C, H, W]``."""
    reach = [(size - 1) * step for size, step in zip(sizes, window.dilations, strict=True)]
    terms: list[ir.Value] = []
    for row, column in np.ndindex(*sizes):
        starts = [row * window.dilations[0], column * window.dilations[1]]
        ends = [start - limit or None for start, limit in zip(starts, reach, strict=True)]
        part = op.slice(x, starts, ends, [2, 3], window.strides)
        weight = op.slice(weights, [row, column], [row + 1, column + 1], [1, 2])
        terms.append(op.Add(part, weight))
    return terms
