"""Pooling, with the sizes that Caffe computes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer
from modelwright.frontends.caffe.ops.windows import Window, check_window, spread

_LOWEST: Final = float(np.finfo(np.float32).min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pooling.

    Attributes:
        method: ``MAX``, ``AVE`` or ``STOCHASTIC``.
        window: Its windows.
        ceil: Whether sizes are rounded up.
    """

    method: str
    window: Window
    ceil: bool


@caffe_layer("Pooling", param="pooling_param", ignores=("engine",))
def pooling(
    op: CaffeBuilder,
    x: ir.Value,
    *,
    pool: str = "MAX",
    pad: int | None = None,
    pad_h: int | None = None,
    pad_w: int | None = None,
    kernel_size: int | None = None,
    kernel_h: int | None = None,
    kernel_w: int | None = None,
    stride: int | None = None,
    stride_h: int | None = None,
    stride_w: int | None = None,
    global_pooling: bool = False,
    round_mode: str = "CEIL",
    ceil_mode: bool = True,
) -> list[ir.Value]:
    """The largest, the mean, or what stochastic pooling gives at test time; the second top is the place of the largest.

    Means divide by the window's size inside the padded bottom. Without padding, windows may start beyond the end.
    """
    if len(op.dims(x)) != 4:
        raise op.fail(f"its bottom has the shape {list(op.dims(x))}, not four axes")
    if global_pooling:
        return _global(op, x, pool)
    window = Window(
        kernel=_pair(op, "kernel_size", kernel_size, kernel_h, kernel_w, None),
        stride=_pair(op, "stride", stride, stride_h, stride_w, 1),
        pad=_pair(op, "pad", pad, pad_h, pad_w, 0),
        dilation=(1, 1),
    )
    check_window(op, window)
    if any(size <= edge for size, edge in zip(window.kernel, window.pad, strict=True)):
        raise op.fail(f"pads of {max(window.pad)} reach over a whole window of {min(window.kernel)}")
    if any(window.pad) and pool == "STOCHASTIC":
        raise op.fail("stochastic pooling takes no pads")
    return pooled(op, x, Pool(method=pool, window=window, ceil=ceil_mode and round_mode == "CEIL"))


def _pair(
    op: CaffeBuilder, name: str, value: int | None, height: int | None, width: int | None, default: int | None
) -> tuple[int, ...]:
    return spread(op, name, () if value is None else (value,), height, width, axes=2, default=default)


def _global(op: CaffeBuilder, x: ir.Value, pool: str) -> list[ir.Value]:
    if pool == "AVE":
        return [op.GlobalAveragePool(x)]
    if pool == "MAX" and op.layer.tops == 1:
        return [op.GlobalMaxPool(x)]
    window = Window(kernel=tuple(op.sizes(x, [2, 3])), stride=(1, 1), pad=(0, 0), dilation=(1, 1))
    return pooled(op, x, Pool(method=pool, window=window, ceil=True))


def pooled(op: CaffeBuilder, x: ir.Value, pool: Pool) -> list[ir.Value]:
    """Pools ``x``, ``[N, C, H, W]``; MAX also gives the place of each largest element in its plane for a second top."""
    if pool.method == "STOCHASTIC":
        return [_stochastic(op, x, pool)]
    if pool.method == "AVE" and op.layer.tops > 1:
        raise op.fail("only MAX pooling has a second top")
    ceil, outside = _rounding(op, x, pool)
    if not any(outside):
        return _emit(op, x, pool, ceil=ceil)
    if pool.method == "AVE":
        return [_beyond_average(op, x, pool, outside)]
    return _beyond_max(op, x, pool)


def _rounding(op: CaffeBuilder, x: ir.Value, pool: Pool) -> tuple[bool, tuple[bool, ...]]:
    """Whether ONNX must round up, and along which axes the last window lies wholly beyond the end."""
    window = pool.window
    fine = pool.ceil and all(step <= size for step, size in zip(window.stride, window.kernel, strict=True))
    dims = op.dims(x)[2:]
    if (fine or not pool.ceil) and not all(isinstance(dim, int) for dim in dims):
        return pool.ceil, (False, False)
    sizes = op.sizes(x, [2, 3])
    wanted = caffe_sizes(op, sizes, pool)
    floors = [(size + 2 * pad - kernel) // step + 1 for size, pad, kernel, step in _axes(sizes, window)]
    starts = [(count - 1) * step for count, step in zip(wanted, window.stride, strict=True)]
    outside = tuple(start >= size + pad for start, size, pad in zip(starts, sizes, window.pad, strict=True))
    return wanted != floors, outside


def _axes(sizes: list[int], window: Window) -> list[tuple[int, int, int, int]]:
    return list(zip(sizes, window.pad, window.kernel, window.stride, strict=True))


def caffe_sizes(op: CaffeBuilder, sizes: list[int], pool: Pool) -> list[int]:
    """Heights and widths that Caffe gives.

    ``ceil((size + 2 * pad - kernel) / stride) + 1``; if there is any padding, a last window that would start behind the
    bottom and its pad is left out.

    Raises:
        ConversionError: A window does not fit.
    """
    found: list[int] = []
    for size, pad, kernel, step in _axes(sizes, pool.window):
        free = size + 2 * pad - kernel
        count = (-(-free // step) if pool.ceil else free // step) + 1
        if any(pool.window.pad) and (count - 1) * step >= size + pad:
            count -= 1
        if count < 1:
            raise op.fail(f"a window of {kernel} does not fit into {size} elements with pads of {pad}")
        found.append(count)
    return found


def _emit(op: CaffeBuilder, x: ir.Value, pool: Pool, *, ceil: bool) -> list[ir.Value]:
    window = pool.window
    shared = {
        "kernel_shape": window.kernel,
        "strides": window.stride,
        "pads": window.pads,
        "ceil_mode": int(ceil) or None,
    }
    if pool.method == "AVE":
        return [op.AveragePool(x, count_include_pad=1 if any(window.pad) else None, **shared)]
    if op.layer.tops == 1:
        return [op.MaxPool(x, **shared)]
    y, places = op.MaxPool(x, outputs=2, **shared)
    height, width = op.sizes(x, [2, 3])
    return [y, op.cast(op.Mod(places, op.constant(np.int64(height * width))), ir.DataType.FLOAT)]


def _beyond_max(op: CaffeBuilder, x: ir.Value, pool: Pool) -> list[ir.Value]:
    """Windows beyond the end hold nothing and give the lowest float, as padding with it does."""
    if op.layer.tops > 1:
        raise op.fail("has windows that lie wholly outside its bottom, where no element is the largest")
    sizes = op.sizes(x, [2, 3])
    counts = caffe_sizes(op, sizes, pool)
    more = [
        max(0, (count - 1) * step + kernel - size - pad)
        for count, (size, pad, kernel, step) in zip(counts, _axes(sizes, pool.window), strict=True)
    ]
    ends = op.pad(x, [0, 0, *pool.window.pad, 0, 0, *more], value=op.number(_LOWEST))
    return _emit(op, ends, replace(pool, window=replace(pool.window, pad=(0, 0))), ceil=False)


def _beyond_average(op: CaffeBuilder, x: ir.Value, pool: Pool, outside: tuple[bool, ...]) -> ir.Value:
    """Windows beyond the end sum up nothing and divide by their size there: not a number where that is 0, else 0."""
    sizes = op.sizes(x, [2, 3])
    counts = caffe_sizes(op, sizes, pool)
    inside = [(size - kernel) // step + 1 for size, _, kernel, step in _axes(sizes, pool.window)]
    partial = any(count > whole and not out for count, whole, out in zip(counts, inside, outside, strict=True))
    y = _emit(op, x, pool, ceil=partial)[0]
    edges = [
        (float("nan") if (count - 1) * step == size else 0.0, axis)
        for axis, (count, size, step, out) in enumerate(zip(counts, sizes, pool.window.stride, outside, strict=True))
        if out
    ]
    for value, axis in sorted(edges, key=lambda item: item[0] != 0):
        ends = [0] * 8
        ends[6 + axis] = 1
        y = op.pad(y, ends, value=op.number(value))
    return y


def _stochastic(op: CaffeBuilder, x: ir.Value, pool: Pool) -> ir.Value:
    """At test time the elements weighted by themselves: the sum of squares over the sum."""
    average = replace(pool, method="AVE")
    squares, sums = pooled(op, op.Mul(x, x), average)[0], pooled(op, x, average)[0]
    return op.Where(op.Greater(sums, op.number(0.0)), op.Div(squares, sums), op.number(0.0))


@caffe_layer("SPP", param="spp_param", ignores=("engine",))
def spp(op: CaffeBuilder, x: ir.Value, *, pyramid_height: int, pool: str = "MAX") -> ir.Value:
    """Pools into 1, 2 x 2, 4 x 4, ... bins and joins the results of all levels, ``[N, C * bins]``."""
    if pyramid_height < 1:
        raise op.fail(f"has pyramid_height {pyramid_height}", hint="it must be at least 1")
    parts: list[ir.Value] = []
    for level in range(pyramid_height):
        bins = 1 << level
        kernel = [-(-size // bins) for size in op.sizes(x, [2, 3])]
        pad = [(size * bins - whole + 1) // 2 for size, whole in zip(kernel, op.sizes(x, [2, 3]), strict=True)]
        if any(edge >= size for edge, size in zip(pad, kernel, strict=True)):
            raise op.fail(f"level {level} of the pyramid needs a larger bottom than {op.sizes(x, [2, 3])}")
        window = Window(kernel=tuple(kernel), stride=tuple(kernel), pad=tuple(pad), dilation=(1, 1))
        y = pooled(op, x, Pool(method=pool, window=window, ceil=True))[0]
        parts.append(op.flat_tail(y, 1))
    return op.concat(parts, 1)
