"""Padding, blocks of pixels, windows as columns, and channels in another order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.windows import channels_back, channels_first, is_last
from modelwright.hub.kernels import kernel_dtype

_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "edge": "edge", "circular": "wrap"}


def padded(op: PaddleBuilder, x: ir.Value, amounts: ir.Value, mode: str, value: ir.Value | float) -> ir.Value:
    """Pads by amounts in ONNX's order."""
    kind = _MODES.get(mode)
    if kind is None:
        raise op.fail(f"the padding mode {mode!r} is unknown")
    if kind == "wrap":
        op.need_opset(19, "circular padding")
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Pad", dtype)
    x = op.cast(x, kernel)
    fill = op.number(value, x) if kind == "constant" else None
    return op.cast(op.Pad(x, amounts, fill, mode=kind), dtype)


@paddle_op("pad3d", "pad2d")
def pad3d(
    op: PaddleBuilder,
    x: ir.Value,
    amounts: ir.Value | list[ir.Value] | None = None,
    *,
    paddings: list[int] | None = None,
    mode: str = "constant",
    pad_value: float = 0.0,
    data_format: str = "NCDHW",
) -> ir.Value:
    """Pads the spatial dimensions; amounts are begin and end of the last one, then of the one before it, and so on.

    ``pad2d`` of Paddle 1 and 2 names them from the first spatial dimension on.
    """
    rank = op.need_rank(x)
    spatial = list(range(1, rank - 1)) if is_last(data_format) else list(range(2, rank))
    order = spatial if op.node.operator.op_type == "pad2d" else list(reversed(spatial))
    vector = op.joined(amounts) if isinstance(amounts, list) else amounts
    known = paddings if vector is None else op.constant_value(vector)
    if known is None:
        if vector is None:
            raise op.fail("says no amounts")
        target = _runtime_pads(op, op.vector(vector), order, rank)
    else:
        numbers = [int(item) for item in np.asarray(known).reshape(-1)]
        found = [0] * (2 * rank)
        for index, axis in enumerate(order[: len(numbers) // 2]):
            found[axis], found[rank + axis] = numbers[2 * index], numbers[2 * index + 1]
        target = op.ints(found)
    return padded(op, x, target, mode, pad_value)


def _runtime_pads(op: PaddleBuilder, vector: ir.Value, order: Sequence[int], rank: int) -> ir.Value:
    """Amounts that are computed, brought into ONNX's order."""
    places = [2 * len(order)] * (2 * rank)
    for index, axis in enumerate(order):
        places[axis], places[rank + axis] = 2 * index, 2 * index + 1
    return op.gather(op.concat([vector, op.ints(0)], 0), places)


@paddle_op("pad")
def pad(
    op: PaddleBuilder, x: ir.Value, value: ir.Value | None = None, *, paddings: list[int], pad_value: float = 0.0
) -> ir.Value:
    """Pads all dimensions; amounts are begin and end of each."""
    amounts = op.ints([*paddings[::2], *paddings[1::2]])
    return padded(op, x, amounts, "constant", pad_value if value is None else value)


@paddle_op("pixel_shuffle")
def pixel_shuffle(op: PaddleBuilder, x: ir.Value, *, upscale_factor: int = 1, data_format: str = "NCHW") -> ir.Value:
    """Channels spread over blocks of pixels."""
    x = channels_first(op, x, data_format)
    return channels_back(op, op.DepthToSpace(x, blocksize=upscale_factor, mode="CRD"), data_format, 4)


@paddle_op("pixel_unshuffle")
def pixel_unshuffle(
    op: PaddleBuilder, x: ir.Value, *, downscale_factor: int = 1, data_format: str = "NCHW"
) -> ir.Value:
    """Blocks of pixels as channels, those of one channel next to each other."""
    x = channels_first(op, x, data_format)
    channels, block = op.need_size(x, 1, "the number of channels"), downscale_factor
    y = op.SpaceToDepth(x, blocksize=block)
    y = _regrouped(op, y, block * block, channels)
    return channels_back(op, y, data_format, 4)


def _regrouped(op: PaddleBuilder, x: ir.Value, groups: int, size: int) -> ir.Value:
    """Channels ``[groups, size]`` as ``[size, groups]``."""
    shape = op.shape_of(x)
    tail = op.slice(shape, [2], [None])
    spread = op.reshape(x, op.concat([op.slice(shape, [0], [1]), op.ints(groups, size), tail], 0))
    rank = op.need_rank(x) + 1
    return op.reshape(op.transpose(spread, [0, 2, 1, *range(3, rank)]), shape)


@paddle_op("channel_shuffle")
def channel_shuffle(op: PaddleBuilder, x: ir.Value, *, groups: int, data_format: str = "NCHW") -> ir.Value:
    """Channels of groups interleaved."""
    x = channels_first(op, x, data_format)
    channels = op.need_size(x, 1, "the number of channels")
    return channels_back(op, _regrouped(op, x, groups, channels // groups), data_format, 4)


@paddle_op("shuffle_channel")
def shuffle_channel(op: PaddleBuilder, x: ir.Value, *, group: int = 1) -> ir.Value:
    """Channels of groups interleaved."""
    return channel_shuffle(op, x, groups=group)


@paddle_op("space_to_depth")
def space_to_depth(op: PaddleBuilder, x: ir.Value, *, blocksize: int) -> ir.Value:
    """Blocks of pixels as channels."""
    return op.SpaceToDepth(x, blocksize=blocksize)


@paddle_op("temporal_shift")
def temporal_shift(
    op: PaddleBuilder, x: ir.Value, *, seg_num: int, shift_ratio: float = 0.25, data_format: str = "NCHW"
) -> ir.Value:
    """Part of the channels moved to the next frame, part to the one before."""
    x = channels_first(op, x, data_format)
    channels = op.need_size(x, 1, "the number of channels")
    first, second = int(channels * shift_ratio), int(channels * 2 * shift_ratio)
    shape = op.shape_of(x)
    frames = op.reshape(x, op.concat([op.ints(-1, seg_num), op.slice(shape, [1], [None])], 0))
    parts = op.split(frames, [first, second - first, channels - second], 2)
    later = op.slice(op.pad(parts[0], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), [0], [seg_num], [1])
    sooner = op.slice(op.pad(parts[1], [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]), [1], [seg_num + 1], [1])
    return channels_back(op, op.reshape(op.Concat(later, sooner, parts[2], axis=2), shape), data_format, 4)


@paddle_op("unfold")
def unfold(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    kernel_sizes: list[int],
    strides: list[int],
    paddings: list[int],
    dilations: list[int],
) -> ir.Value:
    """Windows as columns: ``[N, C * window, places]``, by a convolution that picks each place of a window."""
    channels = op.need_size(x, 1, "the number of channels")
    area = int(np.prod(kernel_sizes))
    picks = np.eye(area, dtype=op.dtype(x).numpy()).reshape(area, 1, *kernel_sizes)
    pads = paddings if len(paddings) == 4 else [*paddings, *paddings]
    y = op.Conv(
        x,
        op.constant(np.tile(picks, (channels, 1, 1, 1))),
        kernel_shape=kernel_sizes,
        strides=strides,
        pads=pads,
        dilations=dilations,
        group=channels,
    )
    return op.reshape(y, [0, channels * area, -1])


@paddle_op("fold")
def fold(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    output_sizes: list[int],
    kernel_sizes: list[int],
    strides: list[int],
    paddings: list[int],
    dilations: list[int],
) -> ir.Value:
    """Columns put back as windows and added up, by a transposed convolution."""
    area = int(np.prod(kernel_sizes))
    channels = op.need_size(x, 1, "the number of rows") // area
    pads = paddings if len(paddings) == 4 else [*paddings, *paddings]
    extents = [(size - 1) * wide + 1 for size, wide in zip(kernel_sizes, dilations, strict=True)]
    places, extra = [], []
    for index, size in enumerate(output_sizes):
        room = size + pads[index] + pads[index + 2] - extents[index]
        places.append(room // strides[index] + 1)
        extra.append(room % strides[index])
    picks = np.eye(area, dtype=op.dtype(x).numpy()).reshape(area, 1, *kernel_sizes)
    return op.ConvTranspose(
        op.reshape(x, [0, channels * area, *places]),
        op.constant(np.tile(picks, (channels, 1, 1, 1))),
        kernel_shape=kernel_sizes,
        strides=strides,
        pads=pads,
        dilations=dilations,
        group=channels,
        output_padding=extra,
    )
