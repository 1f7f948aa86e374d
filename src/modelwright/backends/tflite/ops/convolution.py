"""Convolutions, with channels last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import window_op
from modelwright.backends.tflite.stored import keep_order, keep_shape, stored_of
from modelwright.backends.tflite.windows import Window, window_of
from modelwright.formats import Dim
from modelwright.rewrites.tensors import derived, reshaped, sizes_of, transposed


def channels_last(op: LiteBuilder, x: ir.Value) -> ir.Value:
    """NC and spatial dimensions to N, these, C; with a dimension of 1 put in where there is one spatial dimension."""
    rank = op.need_rank(x)
    x = op.transpose(x, [0, *range(2, rank), 1])
    return op.unsqueeze(x, [1]) if rank == 3 else x


def channels_first(op: LiteBuilder, x: ir.Value, rank: int) -> ir.Value:
    """The way back."""
    x = op.squeeze(x, [1]) if rank == 3 else x
    return op.transpose(x, [0, rank - 1, *range(1, rank - 1)])


def padded(op: LiteBuilder, x: ir.Value, window: Window, value: float | None = None) -> ir.Value:
    """Data with channels last, padded with 0 or ``value`` unless SAME does that."""
    if window.same or not window.padded:
        return x
    pads = window.pads if len(window.pads) > 1 else ((0, 0), *window.pads)
    table = op.constant(np.array([(0, 0), *pads, (0, 0)], np.int32))
    return op.PAD(x, table) if value is None else op.PADV2(x, table, op.scalar(value, x))


def lite_shape(op: LiteBuilder, window: Window, x: ir.Value, channels: Dim) -> tuple[Dim, ...]:
    """The shape of the result with channels last."""
    batch = (op.shape(x) or (None,))[0]
    results = window.results if len(window.results) > 1 else (1, *window.results)
    return (batch, *results, channels)


def plane(window: Window, name: str) -> tuple[int, int]:
    """Strides, dilations or kernel in height and width."""
    values = getattr(window, name)
    return values if len(values) == 2 else (1, *values)


@window_op("Conv")
def conv(
    op: LiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: list[int] | None = None,
    group: int = 1,
    kernel_shape: list[int] | None = None,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value:
    """CONV_2D, DEPTHWISE_CONV_2D or CONV_3D."""
    shape = op.need_shape(weights)
    rank = len(shape)
    window = window_of(
        op, x, kernel_shape or shape[2:], auto_pad=auto_pad, pads=pads, strides=strides, dilations=dilations
    )
    bias = op.constant(np.zeros(shape[0], op.dtype(x).numpy())) if bias is None else bias
    data = padded(op, channels_last(op, x), window)
    if rank == 5:
        result = _conv_3d(op, data, weights, bias, group, window)
    elif rank > 5:
        raise op.fail(f"a convolution over {rank - 2} dimensions; TFLite has them up to 3")
    else:
        result = _conv_2d(op, data, weights, bias, group, window)
    return channels_first(op, result, rank)


def _conv_2d(op: LiteBuilder, x: ir.Value, weights: ir.Value, bias: ir.Value, group: int, window: Window) -> ir.Value:
    count, depth = op.need_shape(weights)[:2]
    strides, dilations = plane(window, "strides"), plane(window, "dilations")
    options = {
        "padding": window.padding,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": dilations[0],
        "dilation_w_factor": dilations[1],
        "shape": lite_shape(op, window, x, count),
    }
    if depth == 1 and group > 1:
        return op.DEPTHWISE_CONV_2D(
            x, kernel_in_order(op, weights, (1, 2, 3, 0)), bias, depth_multiplier=count // group, **options
        )
    return op.CONV_2D(x, kernel_in_order(op, weights, (0, 2, 3, 1)), bias, **options)


def kernel_in_order(op: LiteBuilder, weights: ir.Value, perm: Sequence[int]) -> ir.Value:
    """Weights of ONNX's order in another; where they have one spatial dimension a height of 1 is put in."""
    if op.need_rank(weights) == 3:
        weights = _reshaped(op, weights, (*op.need_shape(weights)[:2], 1, op.need_shape(weights)[2]))
    if weights.const_value is not None and not weights.is_graph_input():
        made = op.initializer(transposed(weights.const_value, perm), name=weights.name or "weights")
        return keep_order(made, weights, perm)
    return op.transpose(weights, perm)


def _reshaped(op: LiteBuilder, x: ir.Value, shape: Sequence[int]) -> ir.Value:
    if x.const_value is None or x.is_graph_input():
        return op.reshape(x, list(shape))
    made = op.initializer(reshaped(x.const_value, shape), name=x.name or "weights")
    found = stored_of(x)
    return made if found is None else keep_shape(made, x, shape, found.quantization.axis)


def _conv_3d(op: LiteBuilder, x: ir.Value, weights: ir.Value, bias: ir.Value, group: int, window: Window) -> ir.Value:
    count = op.need_shape(weights)[0]
    if group == 1:
        return _one_conv_3d(op, x, weights, bias, window)
    parts = op.split(x, [op.need_shape(weights)[1]] * group, 4)
    filters = op.split(weights, [count // group] * group, 0)
    biases = op.split(bias, [count // group] * group, 0)
    return op.concat([_one_conv_3d(op, *part, window) for part in zip(parts, filters, biases, strict=True)], 4)


def _one_conv_3d(op: LiteBuilder, x: ir.Value, weights: ir.Value, bias: ir.Value, window: Window) -> ir.Value:
    options = {f"stride_{axis}": step for axis, step in zip("dhw", window.strides, strict=True)}
    options |= {f"dilation_{axis}_factor": gap for axis, gap in zip("dhw", window.dilations, strict=True)}
    if any(gap > 1 for gap in window.dilations):
        weights, options = _spread_3d(op, weights, window), {k: v for k, v in options.items() if "dilation" not in k}
    shape = lite_shape(op, window, x, op.need_shape(weights)[0])
    weights = kernel_in_order(op, weights, (2, 3, 4, 1, 0))
    return op.CONV_3D(x, weights, bias, padding=window.padding, shape=shape, **options)


def _spread_3d(op: LiteBuilder, weights: ir.Value, window: Window) -> ir.Value:
    if weights.const_value is None or weights.is_graph_input():
        raise op.fail("TFLite's CONV_3D has no dilation, and the weights are computed")
    return op.initializer(spread(weights.const_value, window.dilations), name=weights.name or "weights")


def spread(tensor: ir.TensorProtocol, dilations: Sequence[int]) -> ir.TensorProtocol:
    """Weights with zeros between their elements, which is what a dilated window multiplies with."""
    sizes = sizes_of(tensor)
    wide = [(size - 1) * gap + 1 for size, gap in zip(sizes[2:], dilations, strict=True)]

    def compute(array: np.ndarray) -> np.ndarray:
        result = np.zeros((*array.shape[:2], *wide), array.dtype)
        result[(slice(None), slice(None), *(slice(None, None, gap) for gap in dilations))] = array
        return result

    return derived([tensor], (*sizes[:2], *wide), compute)
