"""Pooling: largest, average and norm of windows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.ops.padding import padded
from modelwright.backends.mindir.ops.pooling_places import with_places
from modelwright.backends.mindir.ops.windows import lowest, over_taps, padded_sizes, window_pads
from modelwright.backends.mindir.terms import scalar, static
from modelwright.errors import ConversionError
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.padding import last_window


@mind_op("MaxPool")
def max_pool(
    e: Emitter,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    storage_order: int = 0,
    strides: list[int] | None = None,
) -> Term | tuple[Term, Term]:
    """MaxPool without padding of its own: what is around is the lowest number."""
    rank = len(kernel_shape)
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    if e.kind(x).dtype not in FLOATS:
        raise ConversionError("MindSpore pools floats only")
    around = _window_pads(e, x, auto_pad, pads, kernel_shape, steps, spread, ceil_mode)
    low = scalar(e, lowest(e.kind(x).dtype), e.kind(x).dtype)
    term = padded(e, x, e.term(x), [0, 0, *around[:rank]], [0, 0, *around[rank:]], "constant", low)
    if e.wanted > 1:
        return with_places(e, x, term, around, (kernel_shape, steps, spread), by_columns=bool(storage_order))
    if rank > 2 or any(gap != 1 for gap in spread):
        sizes = padded_sizes(static(e, x)[2:], around)
        return over_taps(e, term, sizes, kernel_shape, steps, spread, "Maximum")
    if rank == 1:
        term = _max_pool2d(e, e.op("ExpandDims", term, 2), [1, *kernel_shape], [1, *steps])
        return e.op("Squeeze", term, (2,))
    return _max_pool2d(e, term, kernel_shape, steps)


def _max_pool2d(e: Emitter, term: Term, kernel: Sequence[int], steps: Sequence[int]) -> Term:
    return e.op("MaxPool", term, pad_mode="VALID", kernel_size=(1, 1, *kernel), format="NCHW", strides=(1, 1, *steps))


def _window_pads(
    e: Emitter,
    x: ir.Value,
    auto_pad: str,
    pads: list[int] | None,
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
    ceil_mode: int,
) -> list[int]:
    """Padding, with what the last window of a pooling that rounds up needs behind."""
    around = window_pads(e, x, auto_pad, pads, kernel, steps, spread)
    if not ceil_mode or auto_pad not in ("NOTSET", ""):
        return around
    rank = len(kernel)
    for place, size in enumerate(static(e, x)[2:]):
        extent = spread[place] * (kernel[place] - 1) + 1
        around[place + rank], _ = last_window(size, (around[place], around[place + rank]), extent, steps[place])
    return around


@mind_op("AveragePool")
def average_pool(
    e: Emitter,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Term:
    """Sums by AvgPool without padding of its own, corrected by how many elements each window holds."""
    rank = len(kernel_shape)
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    around = _window_pads(e, x, auto_pad, pads, kernel_shape, steps, spread, ceil_mode)
    given = window_pads(e, x, auto_pad, pads, kernel_shape, steps, spread)
    term = padded(
        e, x, e.term(x), [0, 0, *around[:rank]], [0, 0, *around[rank:]], "constant", scalar(e, 0, e.kind(x).dtype)
    )
    if rank > 2 or any(gap != 1 for gap in spread):
        total = over_taps(e, term, padded_sizes(static(e, x)[2:], around), kernel_shape, steps, spread, "Add")
        result = e.op("Div", total, scalar(e, prod(kernel_shape), e.kind(x).dtype))
    else:
        result = _average2d(e, term, kernel_shape, steps)
    if not any(around):
        return result
    share = _shares(static(e, x)[2:], kernel_shape, steps, spread, around, given, count_padding=bool(count_include_pad))
    return e.op("Mul", result, e.weight(share.astype(e.kind(x).dtype.numpy())))


def _average2d(e: Emitter, term: Term, kernel: Sequence[int], steps: Sequence[int]) -> Term:
    if len(kernel) == 2:
        return e.op("AvgPool", term, tuple(kernel), tuple(steps), 2, 0)
    result = e.op("AvgPool", e.op("ExpandDims", term, 2), (1, *kernel), (1, *steps), 2, 0)
    return e.op("Squeeze", result, (2,))


@mind_op("LpPool")
def lp_pool(
    e: Emitter,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    p: int = 2,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Term:
    """The norm of each window."""
    rank, dtype = len(kernel_shape), e.kind(x).dtype
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    around = _window_pads(e, x, auto_pad, pads, kernel_shape, steps, spread, ceil_mode)
    powers = e.op("Pow", e.op("Abs", e.term(x)), scalar(e, p, dtype))
    term = padded(
        e, x, powers, [0, 0, *around[:rank]], [0, 0, *around[rank:]], "constant", scalar(e, 0, e.kind(x).dtype)
    )
    total = over_taps(e, term, padded_sizes(static(e, x)[2:], around), kernel_shape, steps, spread, "Add")
    return e.op("Pow", total, scalar(e, 1 / p, dtype))


def _shares(
    sizes: Sequence[int],
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
    around: Sequence[int],
    given: Sequence[int],
    *,
    count_padding: bool,
) -> np.ndarray:
    """What each window's average is to be multiplied by: its size divided by how many of its elements count."""
    rank = len(kernel)
    counts = np.ones((1, 1) + (1,) * rank)
    for place, size in enumerate(sizes):
        low, high = around[place], around[place + rank]
        counted = np.zeros(size + low + high)
        first, last = (0, low + size + given[place + rank]) if count_padding else (low, low + size)
        counted[first:last] = 1
        extent = spread[place] * (kernel[place] - 1) + 1
        starts = range(0, size + low + high - extent + 1, steps[place])
        found = np.array([counted[start : start + extent : spread[place]].sum() for start in starts])
        counts = counts * found.reshape([1, 1, *(len(starts) if axis == place else 1 for axis in range(rank))])
    return prod(kernel) / np.maximum(counts, 1)


def _global(name: str):  # noqa: ANN202  a converter
    def convert(e: Emitter, x: ir.Value) -> Term:
        axes = tuple(range(2, len(e.kind(x).shape)))
        return e.op(name, e.term(x), axes, True)

    return convert


mind_op("GlobalAveragePool")(_global("ReduceMean"))


mind_op("GlobalMaxPool")(_global("ReduceMax"))
