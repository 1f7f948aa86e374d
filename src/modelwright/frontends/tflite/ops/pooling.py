"""Maximum, average and norm over windows."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.frontends.tflite.windows import Window, spatial_sizes


@tflite_op("MAX_POOL_2D")
def max_pool(
    op: TFLiteBuilder,
    x: ir.Value,
    *,
    padding: str,
    stride_w: int,
    stride_h: int,
    filter_width: int,
    filter_height: int,
) -> ir.Value:
    """The maximum over windows; padding never wins."""
    window = _window(padding, (filter_height, filter_width), (stride_h, stride_w))
    return _pool(op, "MaxPool", x, window)


@tflite_op("AVERAGE_POOL_2D")
def average_pool(
    op: TFLiteBuilder,
    x: ir.Value,
    *,
    padding: str,
    stride_w: int,
    stride_h: int,
    filter_width: int,
    filter_height: int,
) -> ir.Value:
    """The mean over windows; padding does not count."""
    window = _window(padding, (filter_height, filter_width), (stride_h, stride_w))
    return _pool(op, "AveragePool", x, window)


@tflite_op("L2_POOL_2D")
def l2_pool(
    op: TFLiteBuilder,
    x: ir.Value,
    *,
    padding: str,
    stride_w: int,
    stride_h: int,
    filter_width: int,
    filter_height: int,
) -> ir.Value:
    """The root of the mean of squares over windows; padding does not count."""
    window = _window(padding, (filter_height, filter_width), (stride_h, stride_w))
    return op.Sqrt(_pool(op, "AveragePool", op.Mul(x, x), window))


def _window(padding: str, kernel: tuple[int, int], strides: tuple[int, int]) -> Window:
    return Window(kernel=kernel, strides=strides, dilations=(1, 1), mode=padding)


def _pool(op: TFLiteBuilder, op_type: str, x: ir.Value, window: Window) -> ir.Value:
    attributes = {**window.attributes, **window.pads(op, spatial_sizes(op, x))}
    y: ir.Value = op.emit(op_type, [op.first(x)], attributes)  # pyright: ignore[reportAssignmentType]
    return op.last(y, 4)
