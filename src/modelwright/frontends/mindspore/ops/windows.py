"""Convolutions and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.operators import mindspore_op

_MODES: Final = {0: "pad", 1: "same", 2: "valid"}
_IGNORED: Final = ("mode", "out_channel", "pad", "groups", "offset_x", "output_padding", "output_channel")


def _sizes(op: MindBuilder, item: Argument, rank: int, what: str) -> list[int]:
    """The sizes for each spatial dimension; one for all, or with batch and channels in front."""
    found = op.need_ints(item, what)
    if len(found) == 1:
        return found * rank
    if len(found) not in (rank, rank + 2):
        raise op.fail(f"{what} is {found} for {rank} dimensions")
    return found[-rank:]


def _border(op: MindBuilder, mode: Argument, sides: Argument, rank: int) -> dict[str, object]:
    """ONNX's attributes for a border; MindSpore gives pairs of sizes."""
    name = str(_MODES.get(mode, mode)).lower()
    if name == "same":
        return {"auto_pad": "SAME_UPPER"}
    if name == "valid":
        return {"pads": [0] * (2 * rank)}
    if name != "pad":
        raise op.fail(f"pad_mode {mode}")
    found = op.need_ints(sides, "the border")
    found = found * (2 * rank) if len(found) == 1 else found
    if len(found) != 2 * rank:
        raise op.fail(f"its border is {found} for {rank} dimensions")
    return {"pads": found[::2] + found[1::2]}


def _check_format(op: MindBuilder, name: Argument) -> None:
    if name not in (0, "NCHW", "NCDHW"):
        raise op.fail(f"format {name}: only NCHW and NCDHW are read")


@mindspore_op("Conv2D", "Conv3D", ignores=(*_IGNORED, "strides", "dilations"))
def convolution(
    op: MindBuilder,
    x: ir.Value,
    weight: ir.Value,
    *,
    kernel_size: Argument,
    stride: Argument = 1,
    dilation: Argument = 1,
    group: int = 1,
    pad_mode: Argument = "valid",
    pad_list: Argument = 0,
    format: str = "NCHW",  # noqa: A002
) -> ir.Value:
    """A convolution."""
    _check_format(op, format)
    rank = 2 if op.op_type == "Conv2D" else 3
    attributes = {
        "kernel_shape": _sizes(op, kernel_size, rank, "the kernel"),
        "strides": _sizes(op, stride, rank, "the stride"),
        "dilations": _sizes(op, dilation, rank, "the dilation"),
        "group": group,
        **_border(op, pad_mode, pad_list, rank),
    }
    return op.emit("Conv", [x, weight], attributes)  # pyright: ignore[reportReturnType]


@mindspore_op("Conv2DTranspose", "Conv2DBackpropInput", ignores=_IGNORED)
def transposed(
    op: MindBuilder,
    x: ir.Value,
    weight: ir.Value,
    size: Argument,
    *,
    kernel_size: Argument,
    stride: Argument = 1,
    dilation: Argument = 1,
    group: int = 1,
    pad_mode: Argument = "valid",
    pad_list: Argument = 0,
    format: str = "NCHW",  # noqa: A002
) -> ir.Value:
    """A transposed convolution whose result has the sizes given."""
    _check_format(op, format)
    wanted = op.need_ints(size, "the size of its result")[2:]
    kernel, steps, spread = (
        _sizes(op, item, 2, what)
        for item, what in ((kernel_size, "kernel"), (stride, "stride"), (dilation, "dilation"))
    )
    before = op.need_sizes(x)[2:]
    whole = [
        (count - 1) * step + gap * (length - 1) + 1
        for count, step, gap, length in zip(before, steps, spread, kernel, strict=True)
    ]
    border = _border(op, pad_mode, pad_list, 2)
    pads, further = _cut(whole, wanted, border.get("pads"))
    attributes = {
        "kernel_shape": kernel,
        "strides": steps,
        "dilations": spread,
        "group": group,
        "pads": pads,
        "output_padding": further,
    }
    return op.emit("ConvTranspose", [x, weight], attributes)  # pyright: ignore[reportReturnType]


def _cut(whole: Sequence[int], wanted: Sequence[int], given: Argument) -> tuple[list[int], list[int]]:
    """What is cut at either side, and what is added behind."""
    total = [max(full - size, 0) for full, size in zip(whole, wanted, strict=True)]
    before = [item // 2 for item in total] if given is None else list(given[:2])
    after = [item - low for item, low in zip(total, before, strict=True)] if given is None else list(given[2:])
    further = [size - (full - low - high) for full, size, low, high in zip(whole, wanted, before, after, strict=True)]
    return [*before, *after], further


@mindspore_op("MaxPool", "MaxPool3D", ignores=("mode",))
def max_pool(
    op: MindBuilder,
    x: ir.Value,
    *,
    kernel_size: Argument,
    strides: Argument,
    pad_mode: Argument = "valid",
    pad_list: Argument = 0,
    ceil_mode: Argument = 0,
    format: str = "NCHW",  # noqa: A002
) -> ir.Value:
    """The largest under each window."""
    _check_format(op, format)
    rank = op.need_rank(x) - 2
    return op.MaxPool(
        x,
        kernel_shape=_sizes(op, kernel_size, rank, "the kernel"),
        strides=_sizes(op, strides, rank, "the stride"),
        ceil_mode=int(bool(ceil_mode)),
        **_border(op, pad_mode, pad_list, rank),
    )


@mindspore_op("MaxPoolWithArgmaxV2", ignores=("argmax_type",))
def max_pool_with_places(
    op: MindBuilder,
    x: ir.Value,
    *,
    kernel_size: Argument,
    strides: Argument,
    pads: Argument = 0,
    dilation: Argument = 1,
    ceil_mode: bool = False,
) -> list[Argument]:
    """The largest under each window; their places, which count otherwise in ONNX, are left out."""
    sides = _sizes(op, pads, 2, "the border")
    return [
        op.MaxPool(
            x,
            kernel_shape=_sizes(op, kernel_size, 2, "the kernel"),
            strides=_sizes(op, strides, 2, "the stride"),
            pads=sides * 2,
            dilations=_sizes(op, dilation, 2, "the dilation"),
            ceil_mode=int(ceil_mode),
        ),
        None,
    ]


@mindspore_op("AvgPool")
def avg_pool(
    op: MindBuilder,
    x: ir.Value,
    kernel_size: Argument,
    strides: Argument,
    pad_mode: Argument = 2,
    data_format: Argument = 0,
) -> ir.Value:
    """Means under each window, borders not counted."""
    _check_format(op, data_format)
    return op.AveragePool(
        x,
        kernel_shape=_sizes(op, kernel_size, 2, "the kernel"),
        strides=_sizes(op, strides, 2, "the stride"),
        **_border(op, pad_mode, 0, 2),
    )


@mindspore_op("AvgPool3D", ignores=("pad",))
def avg_pool_3d(
    op: MindBuilder,
    x: ir.Value,
    *,
    kernel_size: Argument,
    strides: Argument,
    pad_mode: Argument = "valid",
    pad_list: Argument = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int = 0,
    format: str = "NCDHW",  # noqa: A002
) -> ir.Value:
    """Means under each window of three dimensions."""
    _check_format(op, format)
    if divisor_override:
        raise op.fail("divisor_override is given")
    return op.AveragePool(
        x,
        kernel_shape=_sizes(op, kernel_size, 3, "the kernel"),
        strides=_sizes(op, strides, 3, "the stride"),
        ceil_mode=int(ceil_mode),
        count_include_pad=int(count_include_pad),
        **_border(op, pad_mode, pad_list, 3),
    )


@mindspore_op("AdaptiveAvgPool2D")
def adaptive_avg_pool(op: MindBuilder, x: ir.Value, *, output_size: Argument) -> ir.Value:
    """Means of as many parts as asked for; products with matrices where there are several."""
    wanted = op.need_ints(output_size, "the size of its result")
    if wanted == [1, 1]:
        return op.GlobalAveragePool(x)
    height, width = op.need_sizes(x)[-2:]
    left = op.constant(_shares(height, wanted[0]))
    right = op.constant(_shares(width, wanted[1]).T.copy())
    return op.MatMul(op.MatMul(op.cast(left, op.dtype(x)), x), op.cast(right, op.dtype(x)))


def _shares(size: int, count: int) -> np.ndarray:
    """A row for each part, which begins at ``floor(i * size / count)`` and ends at ``ceil((i + 1) * size / count)``."""
    count = size if count < 1 else count
    rows = np.zeros((count, size), np.float32)
    for place in range(count):
        start, stop = place * size // count, -(-(place + 1) * size // count)
        rows[place, start:stop] = 1 / (stop - start)
    return rows
