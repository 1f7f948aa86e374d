"""Pools: average, maximum and norm, over windows, over everything, or to a given size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.adaptive import adaptive_maximum, adaptive_pool
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
        pads = self.reached(op, x) if self.ceil else None
        if pads is None:
            return
        if self.lies_outside(op, x):
            raise op.fail(
                "its last window lies in the padding alone, which ONNX's pools leave out",
                hint="turn ceil_mode off or pad less at the end",
            )
        self.pads, self.ceil = pads, False

    def reached(self, op: PaddleBuilder, x: ir.Value) -> list[tuple[int, int]] | None:
        """The padding with what the last window reaches further, when sizes are rounded up; None if unknown."""
        reach = self.reach(op, x) if self.ceil else [0] * len(self.kernel)
        if reach is None or self.pads is None:
            return None
        return [(begin, end + more) for (begin, end), more in zip(self.pads, reach, strict=True)]

    def lies_outside(self, op: PaddleBuilder, x: ir.Value) -> bool:
        """Whether the last window of a dimension is known to lie in the padding alone."""
        pads = self.reached(op, x)
        return (
            pads is not None
            and any(max(pair) >= kernel for pair, kernel in zip(pads, self.kernel, strict=True))
            and None not in op.sizes(x)[2:]
        )

    def padded(self, op: PaddleBuilder, x: ir.Value, value: float) -> ir.Value:
        """``x`` with its padding written out, as far as the last window reaches; the window then needs none."""
        pads = self.reached(op, x) or []
        x = op.pad(x, [0, 0, *(begin for begin, _ in pads), 0, 0, *(end for _, end in pads)], value=op.scalar(value, x))
        self.pads, self.ceil = [(0, 0)] * len(pads), False
        return x

    def counts(self, op: PaddleBuilder, x: ir.Value, *, exclusive: bool) -> np.ndarray:
        """By how much Paddle divides the sum of each window; 0 or less for one that lies outside."""
        found = np.ones((), np.float64)
        for size, kernel, step, (begin, end), (_, reach) in zip(
            op.sizes(x)[2:], self.kernel, self.strides, self.pads or [], self.reached(op, x) or [], strict=True
        ):
            whole = size or 0
            first = np.arange(0, whole + begin + reach - kernel + 1, step) - begin
            last = np.minimum(first + kernel, whole + end)
            if exclusive:
                first, last = np.maximum(first, 0), np.minimum(last, whole)
            found = found[..., None] * (last - first)
        return found


def _maximum(op: PaddleBuilder, x: ir.Value, window: _Window) -> ir.Value:
    if window.lies_outside(op, x):
        x = window.padded(op, x, float(np.finfo(op.dtype(x).numpy()).min))
    window.spelled(op, x)
    return op.MaxPool(x, **window.attributes())


def _average(op: PaddleBuilder, x: ir.Value, window: _Window, *, exclusive: bool) -> ir.Value:
    if window.lies_outside(op, x):
        counts = window.counts(op, x, exclusive=exclusive) / np.prod(window.kernel)
        padded = window.padded(op, x, -0.0)  # ONNX Runtime joins a Pad by plus zero with the pool, which then fails
        mean = op.AveragePool(padded, **window.attributes())
        return op.Div(mean, op.constant(counts.astype(op.dtype(x).numpy())))
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
        if not op.node.is_used(1):
            return adaptive_pool(op, x, kernel_size, average=False)
        y, where = adaptive_maximum(op, x, kernel_size)
        return y, op.cast(where, op.output_dtype(1) or ir.DataType.INT32)
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
