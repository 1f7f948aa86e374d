"""Pooling: dilations, partial windows, and what older opsets have of them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows of a pooling, one number for each spatial axis.

    Attributes:
        kernel: Elements of a window.
        strides: Steps between windows.
        dilations: Steps between a window's elements.
        begins: Padding before.
        ends: Padding after, as the node says.
        extra: What a partial last window needs after that.
        results: Number of windows.
    """

    kernel: list[int]
    strides: list[int]
    dilations: list[int]
    begins: list[int]
    ends: list[int]
    extra: list[int]
    results: list[int]


def windows_of(
    op: StepBuilder,
    x: ir.Value,
    kernel: list[int],
    *,
    auto_pad: str,
    ceil_mode: int,
    dilations: list[int] | None,
    pads: list[int] | None,
    strides: list[int] | None,
) -> Windows:
    """The windows with everything spelled out; a last window that would begin in the padding does not count.

    Raises:
        CannotSay: The sizes are not known.
    """
    count = len(kernel)
    steps, gaps = strides or [1] * count, dilations or [1] * count
    sizes = op.static(x, range(2, count + 2))
    begins, ends = (pads or [0] * 2 * count)[:count], (pads or [0] * 2 * count)[count:]
    extra, results = [0] * count, [0] * count
    for axis in range(count):
        reach = (kernel[axis] - 1) * gaps[axis] + 1
        if auto_pad.startswith("SAME"):
            results[axis] = -(-sizes[axis] // steps[axis])
            total = max(0, (results[axis] - 1) * steps[axis] + reach - sizes[axis])
            small = total // 2
            begins[axis], ends[axis] = (small, total - small) if auto_pad == "SAME_UPPER" else (total - small, small)
            continue
        room = sizes[axis] + begins[axis] + ends[axis] - reach
        results[axis] = (math.ceil if ceil_mode else math.floor)(room / steps[axis]) + 1
        if ceil_mode and (results[axis] - 1) * steps[axis] >= sizes[axis] + begins[axis]:
            results[axis] -= 1
        extra[axis] = max(0, (results[axis] - 1) * steps[axis] - room)
    return Windows(kernel=kernel, strides=steps, dilations=gaps, begins=begins, ends=ends, extra=extra, results=results)


def _begins_in_padding(
    kernel: list[int], dilations: list[int] | None, pads: list[int] | None, strides: list[int] | None
) -> bool:
    """Whether, for some size, a last window could begin in the padding after the input."""
    count = len(kernel)
    steps, gaps, ends = strides or [1] * count, dilations or [1] * count, (pads or [0] * 2 * count)[count:]
    return any(steps[i] > (kernel[i] - 1) * gaps[i] + 1 - ends[i] for i in range(count))


@lower("MaxPool", version=22, keeps="storage_order")
def lower_max_windows(
    op: StepBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Any:
    """A last window in the padding is not made; older opsets left that open."""
    if not ceil_mode or auto_pad != "NOTSET" or not _begins_in_padding(kernel_shape, dilations, pads, strides):
        return None
    found = windows_of(
        op, x, kernel_shape, auto_pad=auto_pad, ceil_mode=1, dilations=dilations, pads=pads, strides=strides
    )
    return op.again([x], {"ceil_mode": 0, "pads": _whole_pads(found)})


def _whole_pads(found: Windows) -> list[int]:
    """Padding for windows that are whole, and no more of them."""
    return [*found.begins, *(end + more for end, more in zip(found.ends, found.extra, strict=True))]


@lower("MaxPool", version=10)
def lower_max_pool(
    op: StepBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    storage_order: int = 0,
    strides: list[int] | None = None,
) -> Any:
    """Partial windows are padded; dilated ones are the largest of shifted slices."""
    spread = any(step != 1 for step in dilations or [])
    if not ceil_mode and not spread:
        return None if dilations is None else op.again([x], {"ceil_mode": None, "dilations": None})
    found = windows_of(
        op, x, kernel_shape, auto_pad=auto_pad, ceil_mode=ceil_mode, dilations=dilations, pads=pads, strides=strides
    )
    if spread:
        if op.used(1):
            raise op.fail("it gives the places of its dilated windows", since=10)
        return _largest_of_slices(op, x, found)
    return op.emit(
        "MaxPool",
        [x],
        {"kernel_shape": kernel_shape, "pads": _whole_pads(found), "strides": strides, "storage_order": storage_order},
        outputs=len(op.node.outputs),
    )


def _largest_of_slices(op: StepBuilder, x: ir.Value, found: Windows) -> ir.Value:
    count = len(found.kernel)
    padded = op.Pad(x, pads=[0, 0, *found.begins, 0, 0, *_whole_pads(found)[count:]], value=float("-inf"))
    terms: list[ir.Value] = []
    for offset in itertools.product(*(range(size) for size in found.kernel)):
        term = padded
        for axis in range(count):
            start = offset[axis] * found.dilations[axis]
            places = start + np.arange(found.results[axis]) * found.strides[axis]
            term = op.Gather(term, op.constant(places.astype(np.int64)), axis=axis + 2)
        terms.append(term)
    return op.Max(*terms)


@lower("AveragePool", version=22)
@lower("AveragePool", version=19)
@lower("AveragePool", version=10)
def lower_average_pool(
    op: StepBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Any:
    """Dilated and partial windows are sums over a convolution with ones, divided by how many elements count."""
    spread = any(step != 1 for step in dilations or []) and op.opset < 19
    partial = bool(ceil_mode) and (op.opset < 10 or _unclear(kernel_shape, dilations, pads, strides, count_include_pad))
    if not spread and not partial:
        return None if dilations is None or op.opset >= 19 else op.again([x], {"dilations": None})
    found = windows_of(
        op, x, kernel_shape, auto_pad=auto_pad, ceil_mode=ceil_mode, dilations=dilations, pads=pads, strides=strides
    )
    return op.Div(_sums(op, x, found), _counts(op, x, found, include_pad=bool(count_include_pad)))


def _unclear(
    kernel: list[int], dilations: list[int] | None, pads: list[int] | None, strides: list[int] | None, include: int
) -> bool:
    return _begins_in_padding(kernel, dilations, pads, strides) or bool(include)


def _sums(op: StepBuilder, x: ir.Value, found: Windows) -> ir.Value:
    """The sum over each window, by a convolution that sees every channel as an image of its own."""
    shape = op.Shape(x)
    single = op.Reshape(x, op.concat([op.ints(-1, 1), op.slice(shape, [2], [None], [0])], 0))
    ones = op.constant(np.ones([1, 1, *found.kernel], op.known_dtype(x).numpy()))
    sums = op.Conv(single, ones, pads=_whole_pads(found), strides=found.strides, dilations=found.dilations)
    return op.Reshape(sums, op.concat([op.slice(shape, [0], [2], [0]), op.ints(found.results)], 0))


def _counts(op: StepBuilder, x: ir.Value, found: Windows, *, include_pad: bool) -> ir.Value:
    """How many elements of each window count: those of the input, or of the padding too."""
    sizes = op.static(x, range(2, len(found.kernel) + 2))
    total: Any = np.ones((), np.float64)
    for axis, size in enumerate(sizes):
        starts = np.arange(found.results[axis])[:, None] * found.strides[axis] - found.begins[axis]
        places = starts + np.arange(found.kernel[axis])[None, :] * found.dilations[axis]
        low, high = (-found.begins[axis], size + found.ends[axis]) if include_pad else (0, size)
        along = ((places >= low) & (places < high)).sum(axis=1)
        total = total[..., None] * along
    return op.constant(np.maximum(total, 1).astype(op.known_dtype(x).numpy()))


@lower("LpPool", version=18)
def lower_lp_pool(
    op: StepBuilder,
    x: ir.Value,
    *,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: list[int] | None = None,
    kernel_shape: list[int],
    p: int = 2,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Any:
    """Partial and dilated windows: the root of a sum of powers."""
    if not ceil_mode and not any(step != 1 for step in dilations or []):
        return None if dilations is None else op.again([x], {"ceil_mode": None, "dilations": None})
    found = windows_of(
        op, x, kernel_shape, auto_pad=auto_pad, ceil_mode=ceil_mode, dilations=dilations, pads=pads, strides=strides
    )
    powers = op.Pow(op.Abs(x), op.scalar(float(p), x))
    return op.Pow(_sums(op, powers, found), op.scalar(1.0 / p, x))
