"""Convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer
from modelwright.frontends.caffe.ops.windows import Window, check_window, spread

_TRAINING = ("weight_filler", "bias_filler", "engine", "force_nd_im2col")
_MANY = 1 << 20
"""Any number of bottoms; each is convolved with the same weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The fields that tell the window."""

    pad: Sequence[int]
    kernel_size: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    pad_h: int | None
    pad_w: int | None
    kernel_h: int | None
    kernel_w: int | None
    stride_h: int | None
    stride_w: int | None

    def window(self, op: CaffeBuilder, axes: int) -> Window:
        found = Window(
            kernel=spread(op, "kernel_size", self.kernel_size, self.kernel_h, self.kernel_w, axes=axes, default=None),
            stride=spread(op, "stride", self.stride, self.stride_h, self.stride_w, axes=axes, default=1),
            pad=spread(op, "pad", self.pad, self.pad_h, self.pad_w, axes=axes, default=0),
            dilation=spread(op, "dilation", self.dilation, None, None, axes=axes, default=1),
        )
        check_window(op, found)
        return found


@caffe_layer("Convolution", "DepthwiseConvolution", param="convolution_param", ignores=_TRAINING, weights=_MANY)
def convolution(
    op: CaffeBuilder,
    *bottoms: ir.Value,
    num_output: int,
    bias_term: bool = True,
    pad: Sequence[int] = (),
    kernel_size: Sequence[int] = (),
    group: int = 1,
    stride: Sequence[int] = (),
    pad_h: int | None = None,
    pad_w: int | None = None,
    kernel_h: int | None = None,
    kernel_w: int | None = None,
    stride_h: int | None = None,
    stride_w: int | None = None,
    axis: int = 1,
    dilation: Sequence[int] = (),
) -> list[ir.Value]:
    """A convolution over the axes behind ``axis``.

    Weights are ``[num_output, C / group, kernel...]``, the bias is ``[num_output]``. Axes before
    ``axis`` count as one batch. The size of the result is rounded down.
    """
    fields = _Fields(
        pad=pad,
        kernel_size=kernel_size,
        stride=stride,
        dilation=dilation,
        pad_h=pad_h,
        pad_w=pad_w,
        kernel_h=kernel_h,
        kernel_w=kernel_w,
        stride_h=stride_h,
        stride_w=stride_w,
    )

    def one(x: ir.Value) -> ir.Value:
        window = fields.window(op, len(op.dims(x)) - 2)
        channels = _grouped(op, x, group, num_output)
        _check_extent(op, x, window)
        weights = op.weight(0, [num_output, channels // group, *window.kernel])
        return _conv(op, x, weights, window, group, bias=op.weight(1, [num_output]) if bias_term else None)

    return [_batched(op, x, axis, one) for x in bottoms]


@caffe_layer("ConvolutionDepthwise", param="convolution_param", ignores=(*_TRAINING, "group"), weights=1)
def convolution_depthwise(
    op: CaffeBuilder,
    x: ir.Value,
    *,
    num_output: int | None = None,
    bias_term: bool = True,
    pad: Sequence[int] = (),
    kernel_size: Sequence[int] = (),
    stride: Sequence[int] = (),
    pad_h: int | None = None,
    pad_w: int | None = None,
    kernel_h: int | None = None,
    kernel_w: int | None = None,
    stride_h: int | None = None,
    stride_w: int | None = None,
    axis: int = 1,
    dilation: Sequence[int] = (),
) -> ir.Value:
    """A fork's convolution of each channel with a kernel of its own, ``[C, 1, kh, kw]``."""
    channels = op.size(x, 1)
    if num_output not in (None, channels):
        raise op.fail(f"has num_output {num_output}, but its bottom has {channels} channels")
    found = convolution(
        op,
        x,
        num_output=channels,
        bias_term=bias_term,
        pad=pad,
        kernel_size=kernel_size,
        group=channels,
        stride=stride,
        pad_h=pad_h,
        pad_w=pad_w,
        kernel_h=kernel_h,
        kernel_w=kernel_w,
        stride_h=stride_h,
        stride_w=stride_w,
        axis=axis,
        dilation=dilation,
    )
    return found[0]


@caffe_layer("Deconvolution", param="convolution_param", ignores=_TRAINING, weights=_MANY)
def deconvolution(
    op: CaffeBuilder,
    *bottoms: ir.Value,
    num_output: int,
    bias_term: bool = True,
    pad: Sequence[int] = (),
    kernel_size: Sequence[int] = (),
    group: int = 1,
    stride: Sequence[int] = (),
    pad_h: int | None = None,
    pad_w: int | None = None,
    kernel_h: int | None = None,
    kernel_w: int | None = None,
    stride_h: int | None = None,
    stride_w: int | None = None,
    axis: int = 1,
    dilation: Sequence[int] = (),
) -> list[ir.Value]:
    """The transpose of a convolution; weights ``[C, num_output / group, kernel...]``."""
    fields = _Fields(
        pad=pad,
        kernel_size=kernel_size,
        stride=stride,
        dilation=dilation,
        pad_h=pad_h,
        pad_w=pad_w,
        kernel_h=kernel_h,
        kernel_w=kernel_w,
        stride_h=stride_h,
        stride_w=stride_w,
    )

    def one(x: ir.Value) -> ir.Value:
        window = fields.window(op, len(op.dims(x)) - 2)
        channels = _grouped(op, x, group, num_output)
        return op.ConvTranspose(
            x,
            op.weight(0, [channels, num_output // group, *window.kernel]),
            op.weight(1, [num_output]) if bias_term else None,
            kernel_shape=window.kernel,
            strides=window.stride,
            pads=window.pads,
            dilations=window.dilation,
            group=group,
        )

    return [_batched(op, x, axis, one) for x in bottoms]


@caffe_layer("Im2col", param="convolution_param", ignores=(*_TRAINING, "num_output", "bias_term", "group"))
def im2col(
    op: CaffeBuilder,
    *bottoms: ir.Value,
    pad: Sequence[int] = (),
    kernel_size: Sequence[int] = (),
    stride: Sequence[int] = (),
    pad_h: int | None = None,
    pad_w: int | None = None,
    kernel_h: int | None = None,
    kernel_w: int | None = None,
    stride_h: int | None = None,
    stride_w: int | None = None,
    axis: int = 1,
    dilation: Sequence[int] = (),
) -> list[ir.Value]:
    """The elements under each window as channels, ``[N, C * kernel, spatial...]``: a convolution with unit kernels."""
    fields = _Fields(
        pad=pad,
        kernel_size=kernel_size,
        stride=stride,
        dilation=dilation,
        pad_h=pad_h,
        pad_w=pad_w,
        kernel_h=kernel_h,
        kernel_w=kernel_w,
        stride_h=stride_h,
        stride_w=stride_w,
    )

    def one(x: ir.Value) -> ir.Value:
        window = fields.window(op, len(op.dims(x)) - 2)
        channels, size = op.size(x, 1), prod(window.kernel)
        _check_extent(op, x, window)
        op.check_computed(channels * size * size)
        unit = np.eye(size, dtype=np.float32).reshape(size, 1, *window.kernel)
        return _conv(op, x, op.constant(np.tile(unit, (channels, *([1] * (unit.ndim - 1))))), window, channels)

    return [_batched(op, x, axis, one) for x in bottoms]


def _conv(
    op: CaffeBuilder, x: ir.Value, weights: ir.Value, window: Window, group: int, *, bias: ir.Value | None = None
) -> ir.Value:
    return op.Conv(
        x,
        weights,
        bias,
        kernel_shape=window.kernel,
        strides=window.stride,
        pads=window.pads,
        dilations=window.dilation,
        group=group,
    )


def _batched(op: CaffeBuilder, x: ir.Value, axis: int, one: Callable[[ir.Value], ir.Value]) -> ir.Value:
    """``one`` on ``x`` with the axes before ``axis`` as a single one."""
    place = op.axis(x, axis)
    dims = op.dims(x)
    if len(dims) < place + 2:
        raise op.fail(f"needs spatial axes behind axis {axis}, but its bottom has the shape {list(dims)}")
    if place == 1:
        return one(x)
    front = op.sizes(x, range(place))
    y = one(op.reshape(x, [prod(front), *op.sizes(x, range(place, len(dims)))]))
    return op.reshape(y, [*front, *op.sizes(y, range(1, len(op.dims(y))))])


def _grouped(op: CaffeBuilder, x: ir.Value, group: int, num_output: int) -> int:
    """The number of channels, which the groups must divide."""
    channels = op.size(x, 1)
    if num_output < 1:
        raise op.fail(f"has num_output {num_output}", hint="it must be at least 1")
    if group < 1 or channels % group or num_output % group:
        raise op.fail(f"{group} groups divide neither {channels} channels nor {num_output} outputs evenly")
    return channels


def _check_extent(op: CaffeBuilder, x: ir.Value, window: Window) -> None:
    for axis, (extent, pad) in enumerate(zip(window.extent, window.pad, strict=True)):
        dim = op.dims(x)[axis + 2]
        if isinstance(dim, int) and dim + 2 * pad < extent:
            raise op.fail(
                f"a window of {extent} does not fit into {dim} elements with pads of {pad}",
                hint="the net's input is too small: see --inputs",
            )
