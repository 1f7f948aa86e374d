"""Convolutions, transposed and deformable ones."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.windows import (
    channels_back,
    channels_first,
    is_last,
    onnx_pads,
    pad_attributes,
    window_pads,
)


def _kernel(op: PaddleBuilder, filter: ir.Value) -> list[int]:  # noqa: A002  Paddle's name
    return [op.need_size(filter, axis, "the kernel's size") for axis in range(2, op.need_rank(filter))]


def _numbers(numbers: Sequence[int], rank: int) -> list[int]:
    found = list(numbers)
    return found * rank if len(found) == 1 else found


@paddle_op("conv2d", "conv3d", "depthwise_conv2d")
def conv(
    op: PaddleBuilder,
    input: ir.Value,  # noqa: A002  Paddle's name
    filter: ir.Value,  # noqa: A002
    *,
    strides: list[int],
    paddings: list[int],
    padding_algorithm: str = "EXPLICIT",
    dilations: list[int],
    groups: int = 1,
    data_format: str = "NCHW",
) -> ir.Value:
    """A convolution; filters are ``[out, in / groups, spatial...]`` whatever the layout of the input."""
    x = channels_first(op, input, data_format)
    kernel = _kernel(op, filter)
    rank = len(kernel)
    steps, spread = _numbers(strides, rank), _numbers(dilations, rank)
    if padding_algorithm == "SAME":
        spread = [1] * rank
    extents = [(size - 1) * wide + 1 for size, wide in zip(kernel, spread, strict=True)]
    pads = window_pads(op, x, extents=extents, strides=steps, paddings=paddings, algorithm=padding_algorithm)
    y = op.Conv(
        x, filter, kernel_shape=kernel, strides=steps, dilations=spread, group=groups or 1, **pad_attributes(pads)
    )
    return channels_back(op, y, data_format, rank + 2)


@paddle_op("conv2d_transpose", "conv3d_transpose", "depthwise_conv2d_transpose")
def conv_transpose(
    op: PaddleBuilder,
    x: ir.Value,
    filter: ir.Value,  # noqa: A002  Paddle's name
    size: ir.Value | None = None,
    *,
    strides: list[int],
    paddings: list[int],
    output_padding: list[int] | None = None,
    padding_algorithm: str = "EXPLICIT",
    groups: int = 1,
    dilations: list[int],
    data_format: str = "NCHW",
    output_size: list[int] | None = None,
) -> ir.Value:
    """A transposed convolution; filters are ``[in, out / groups, spatial...]``."""
    last = is_last(data_format)
    x = channels_first(op, x, data_format)
    kernel = _kernel(op, filter)
    rank = len(kernel)
    steps, spread = _numbers(strides, rank), _numbers(dilations, rank)
    if padding_algorithm == "SAME":
        spread = [1] * rank
    extents = [(size - 1) * wide + 1 for size, wide in zip(kernel, spread, strict=True)]
    pads = window_pads(op, x, extents=extents, strides=steps, paddings=paddings, algorithm=padding_algorithm)
    if pads is None:
        raise op.fail("SAME padding needs known sizes", hint="give input shapes with --input_shape_dict")
    extra = list(output_padding or [])
    wanted = list(output_size or []) if size is None else op.need_ints(size, "the output size")
    if wanted:
        extra = _extra(op, x, wanted, extents=extents, steps=steps, pads=pads)
    y = op.ConvTranspose(
        x,
        filter,
        kernel_shape=kernel,
        strides=steps,
        dilations=spread,
        group=groups or 1,
        pads=onnx_pads(pads),
        output_padding=extra if any(extra) else None,
    )
    if wanted and None in op.sizes(x)[2:]:
        y = op.slice(y, [0] * rank, list(_numbers(wanted, rank)), list(range(2, rank + 2)))
    return channels_back(op, y, data_format, rank + 2) if last else y


def _extra(
    op: PaddleBuilder,
    x: ir.Value,
    wanted: Sequence[int],
    *,
    extents: Sequence[int],
    steps: Sequence[int],
    pads: Sequence[tuple[int, int]],
) -> list[int]:
    """What must be added at the end of each dimension for the size wanted: the most there can be, where sizes vary."""
    found: list[int] = []
    for size, total, extent, step, (begin, end) in zip(
        op.sizes(x)[2:], _numbers(wanted, len(steps)), extents, steps, pads, strict=True
    ):
        found.append(step - 1 if size is None else total - ((size - 1) * step + extent - begin - end))
    return found


@paddle_op("conv2d_transpose_bias")
def conv_transpose_bias(
    op: PaddleBuilder,
    x: ir.Value,
    filter: ir.Value,  # noqa: A002  Paddle's name
    bias: ir.Value,
    output_size: ir.Value | None = None,
    *,
    strides: list[int],
    paddings: list[int],
    output_padding: list[int] | None = None,
    padding_algorithm: str = "EXPLICIT",
    groups: int = 1,
    dilations: list[int],
    data_format: str = "NCHW",
) -> ir.Value:
    """A transposed convolution plus a number a channel."""
    y = conv_transpose(
        op,
        x,
        filter,
        output_size,
        strides=strides,
        paddings=paddings,
        output_padding=output_padding,
        padding_algorithm=padding_algorithm,
        groups=groups,
        dilations=dilations,
        data_format=data_format,
    )
    return op.Add(y, bias if is_last(data_format) else op.reshape(bias, [-1, 1, 1]))


@paddle_op("depthwise_conv2d_bias")
def depthwise_conv_bias(
    op: PaddleBuilder,
    input: ir.Value,  # noqa: A002  Paddle's name
    filter: ir.Value,  # noqa: A002
    bias: ir.Value,
    *,
    strides: list[int],
    paddings: list[int],
    padding_algorithm: str = "EXPLICIT",
    dilations: list[int],
    groups: int = 1,
    data_format: str = "NCHW",
) -> ir.Value:
    """A depthwise convolution plus a number a channel."""
    y = conv(
        op,
        input,
        filter,
        strides=strides,
        paddings=paddings,
        padding_algorithm=padding_algorithm,
        dilations=dilations,
        groups=groups,
        data_format=data_format,
    )
    return op.Add(y, bias if is_last(data_format) else op.reshape(bias, [-1, 1, 1]))


@paddle_op("deformable_conv", ignores=("im2col_step",))
def deformable_conv(
    op: PaddleBuilder,
    x: ir.Value,
    offset: ir.Value,
    filter: ir.Value,  # noqa: A002  Paddle's name
    mask: ir.Value | None = None,
    *,
    strides: list[int],
    paddings: list[int],
    dilations: list[int],
    deformable_groups: int = 1,
    groups: int = 1,
) -> ir.Value:
    """A convolution whose taps are moved by learnt offsets and weighted by a mask."""
    op.need_opset(19, "DeformConv")
    return op.DeformConv(
        x,
        filter,
        offset,
        None,
        mask,
        kernel_shape=_kernel(op, filter),
        strides=strides,
        pads=[*paddings, *paddings],
        dilations=dilations,
        group=groups,
        offset_group=deformable_groups,
    )


@paddle_op("affine_channel")
def affine_channel(
    op: PaddleBuilder, x: ir.Value, scale: ir.Value, bias: ir.Value, *, data_format: str = "AnyLayout"
) -> ir.Value:
    """A scale and a shift a channel."""
    if not is_last(data_format):
        shape = [-1] + [1] * (op.need_rank(x) - 2)
        scale, bias = op.reshape(scale, shape), op.reshape(bias, shape)
    return op.Add(op.Mul(x, scale), bias)
