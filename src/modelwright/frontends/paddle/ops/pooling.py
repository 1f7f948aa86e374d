"""Pools: average, maximum and norm, over windows, over everything, or to a given size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.adaptive import adaptive_pool
from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op
from modelwright.frontends.paddle.windows import channels_back, channels_first, pad_attributes, window_pads


@paddle_op("pool2d", "pool3d")
def pool(
    op: PaddleBuilder,
    x: ir.Value,
    size: ir.Value | None = None,
    *,
    kernel_size: list[int] | None = None,
    strides: list[int],
    paddings: list[int],
    ceil_mode: bool = False,
    exclusive: bool = True,
    data_format: str = "NCHW",
    pooling_type: str = "max",
    global_pooling: bool = False,
    adaptive: bool = False,
    padding_algorithm: str = "EXPLICIT",
) -> ir.Value:
    """The average or the maximum of windows.

    With ``exclusive`` an average leaves padding out of the count.
    """
    kernel = op.need_ints(size, "the kernel's size") if size is not None else list(kernel_size or [])
    x = channels_first(op, x, data_format)
    rank = op.need_rank(x) - 2
    kernel = kernel * rank if len(kernel) == 1 else kernel
    average = pooling_type == "avg"
    if global_pooling or (adaptive and all(item == 1 for item in kernel)):
        y = op.GlobalAveragePool(x) if average else op.GlobalMaxPool(x)
    elif adaptive:
        y = adaptive_pool(op, x, kernel, average=average)
    else:
        pads = window_pads(op, x, extents=kernel, strides=strides, paddings=paddings, algorithm=padding_algorithm)
        window = _Window(kernel=kernel, strides=strides, pads=pads, ceil=ceil_mode)
        window.clipped(op, x)
        y = _average(op, x, window, exclusive=exclusive) if average else _maximum(op, x, window)
    return channels_back(op, y, data_format, rank + 2)


class _Window:
    """A window's sizes, steps and padding."""

    def __init__(
        self, *, kernel: Sequence[int], strides: Sequence[int], pads: list[tuple[int, int]] | None, ceil: bool
    ) -> None:
        self.kernel = list(kernel)
        self.strides = list(strides)
        self.pads = pads
        self.ceil = ceil

    def attributes(self) -> dict[str, object]:
        """What ONNX's pools take."""
        found = {"kernel_shape": self.kernel, "strides": self.strides, **pad_attributes(self.pads)}
        return found | ({"ceil_mode": 1} if self.ceil else {})

    def clipped(self, op: PaddleBuilder, x: ir.Value) -> None:
        """Makes a window that is larger than the padded input as large as that, where sizes are known.

        Paddle divides towards zero, so that such a window still gives one result; ONNX's rule gives none.
        """
        if self.pads is None:
            return
        for index, (size, (begin, end)) in enumerate(zip(op.sizes(x)[2:], self.pads, strict=True)):
            if size is not None and 0 < self.kernel[index] - (size + begin + end) < self.strides[index]:
                self.kernel[index] = size + begin + end

    def reach(self, op: PaddleBuilder, x: ir.Value) -> list[int] | None:
        """How much further the last window reaches than the padded input when sizes are rounded up; None if unknown."""
        if self.pads is None:
            return None
        found: list[int] = []
        for size, kernel, step, (begin, end) in zip(op.sizes(x)[2:], self.kernel, self.strides, self.pads, strict=True):
            if size is None:
                return None
            found.append(-(size + begin + end - kernel) % step)
        return found

    def spelled(self, op: PaddleBuilder, x: ir.Value) -> None:
        """Turns rounding up into padding at the end, which every runtime understands alike, where sizes are known."""
        reach = self.reach(op, x) if self.ceil else None
        if reach is None or self.pads is None:
            return
        pads = [(begin, end + more) for (begin, end), more in zip(self.pads, reach, strict=True)]
        if any(end >= kernel for (_, end), kernel in zip(pads, self.kernel, strict=True)):
            raise op.fail(
                "its last window lies in the padding alone, which ONNX's pools leave out",
                hint="turn ceil_mode off or pad less at the end",
            )
        self.pads, self.ceil = pads, False


def _maximum(op: PaddleBuilder, x: ir.Value, window: _Window) -> ir.Value:
    window.spelled(op, x)
    return op.MaxPool(x, **window.attributes())


def _average(op: PaddleBuilder, x: ir.Value, window: _Window, *, exclusive: bool) -> ir.Value:
    if not exclusive and window.ceil and window.pads is not None and any(any(pair) for pair in window.pads):
        amounts = [0, 0, *(a for a, _ in window.pads), 0, 0, *(b for _, b in window.pads)]
        x = op.pad(x, amounts)
        window.pads = [(0, 0)] * len(window.pads)
        exclusive = True
    elif not exclusive and window.ceil:
        exclusive = True
    window.spelled(op, x)
    return op.AveragePool(x, count_include_pad=0 if exclusive else 1, **window.attributes())


@paddle_op("max_pool2d_with_index", "max_pool3d_with_index")
def max_pool_with_index(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    kernel_size: list[int],
    strides: list[int],
    paddings: list[int],
    global_pooling: bool = False,
    adaptive: bool = False,
    ceil_mode: bool = False,
) -> ir.Value | tuple[ir.Value, ir.Value]:
    """The maximum of windows, and where in its image each one lies."""
    spatial = op.sizes(x)[2:]
    if global_pooling or (adaptive and all(item == 1 for item in kernel_size)):
        if not op.node.is_used(1):
            return op.GlobalMaxPool(x)
        kernel_size = [op.need_size(x, axis + 2, "the size") for axis in range(len(spatial))]
        strides, paddings = [1] * len(spatial), [0] * len(spatial)
    elif adaptive:
        if op.node.is_used(1):
            raise op.fail("positions of an adaptive maximum are not supported", hint="do not return the mask")
        return adaptive_pool(op, x, kernel_size, average=False)
    pads = window_pads(op, x, extents=kernel_size, strides=strides, paddings=paddings, algorithm="EXPLICIT")
    window = _Window(kernel=kernel_size, strides=strides, pads=pads, ceil=ceil_mode)
    window.clipped(op, x)
    window.spelled(op, x)
    if not op.node.is_used(1):
        return op.MaxPool(x, **window.attributes())
    y, where = op.MaxPool(x, outputs=2, **window.attributes())
    image = op.reduce("ReduceProd", op.slice(op.shape_of(x), [2], [None]), None, keepdims=False)
    return y, op.cast(op.Mod(where, image), op.output_dtype(1) or ir.DataType.INT32)


@paddle_op("lp_pool2d", ignores=("exclusive", "pooling_type"))
def lp_pool(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    kernel_size: list[int],
    strides: list[int],
    paddings: list[int],
    ceil_mode: bool = False,
    data_format: str = "NCHW",
    global_pooling: bool = False,
    adaptive: bool = False,
    padding_algorithm: str = "EXPLICIT",
    norm_type: float = 2.0,
) -> ir.Value:
    """The p-norm of windows, as the average of powers times the window's size."""
    if adaptive or global_pooling:
        raise op.fail("adaptive and global norms are not supported")
    x = channels_first(op, x, data_format)
    powers = op.Pow(x, op.scalar(norm_type, x))
    pads = window_pads(op, x, extents=kernel_size, strides=strides, paddings=paddings, algorithm=padding_algorithm)
    window = _Window(kernel=kernel_size, strides=strides, pads=pads, ceil=ceil_mode)
    window.clipped(op, x)
    window.spelled(op, x)
    mean = op.AveragePool(powers, count_include_pad=1, **window.attributes())
    total = op.Mul(mean, op.scalar(float(np.prod(window.kernel)), x))
    y = op.Pow(total, op.scalar(1.0 / norm_type, x))
    return channels_back(op, y, data_format, 4)
