"""Pieces picked and placed by numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.operators import mindspore_op

_REDUCTIONS: Final = {0: "none", "none": "none", 1: "add", "add": "add"}
_SCATTERS: Final = {
    "TensorScatterUpdate": ("none", 16),
    "TensorScatterAdd": ("add", 16),
    "TensorScatterMul": ("mul", 16),
    "TensorScatterMax": ("max", 18),
    "TensorScatterMin": ("min", 18),
}


@mindspore_op("Gather")
def gather(op: MindBuilder, x: ir.Value, indices: Argument, axis: Argument, batch_dims: Argument = 0) -> ir.Value:
    """Entries along an axis."""
    if op.need_int(batch_dims, "batch_dims"):
        raise op.fail("batch_dims is not 0")
    return op.gather(x, op.tensor(indices), op.need_int(axis, "the axis"))


@mindspore_op("GatherD")
def gather_d(op: MindBuilder, x: ir.Value, axis: Argument, index: ir.Value) -> ir.Value:
    """An entry for each place along an axis."""
    return op.GatherElements(x, index, axis=op.need_int(axis, "the axis"))


@mindspore_op("GatherNd")
def gather_nd(op: MindBuilder, x: ir.Value, indices: ir.Value) -> ir.Value:
    """Entries by whole places."""
    return op.GatherND(x, op.cast(indices, ir.DataType.INT64))


@mindspore_op("ScatterNd")
def scatter_nd(op: MindBuilder, indices: ir.Value, updates: ir.Value, shape: Argument) -> ir.Value:
    """Numbers added into zeros."""
    zeros = op.Expand(op.scalar(0, updates), op.vector(shape))
    return _scattered(op, zeros, indices, updates, "add", 16)


@mindspore_op(*_SCATTERS)
def tensor_scatter(op: MindBuilder, x: ir.Value, indices: ir.Value, updates: ir.Value) -> ir.Value:
    """Numbers put into a tensor by whole places."""
    return _scattered(op, x, indices, updates, *_SCATTERS[op.op_type])


def _scattered(
    op: MindBuilder, x: ir.Value, indices: ir.Value, updates: ir.Value, reduction: str, since: int
) -> ir.Value:
    places = op.cast(indices, ir.DataType.INT64)
    if reduction == "none":
        return op.ScatterND(x, places, updates)
    if op.opset < since:
        raise op.fail(f"ONNX has it from opset {since} on", hint=f"convert with --opset {since}")
    return op.ScatterND(x, places, updates, reduction=reduction)


@mindspore_op("TensorScatterElements")
def scatter_elements(
    op: MindBuilder,
    x: ir.Value,
    indices: ir.Value,
    updates: ir.Value,
    axis: Argument = 0,
    reduction: Argument = 0,
) -> ir.Value:
    """Numbers put into a tensor along an axis."""
    kind = _REDUCTIONS.get(reduction)
    if kind is None or (kind == "add" and op.opset < 16):
        raise op.fail(f"reduction {reduction} in opset {op.opset}")
    along = op.need_int(axis, "the axis")
    if kind == "none":
        return op.ScatterElements(x, indices, updates, axis=along)
    return op.ScatterElements(x, indices, updates, axis=along, reduction=kind)


@mindspore_op("OneHot")
def one_hot(
    op: MindBuilder, indices: ir.Value, depth: Argument, on_value: Argument, off_value: Argument, axis: Argument = -1
) -> ir.Value:
    """A number at the place of each index, another elsewhere; places that are not there give none."""
    rank, along = op.need_rank(indices), op.need_int(axis, "the axis")
    numbers = np.arange(op.need_int(depth, "the depth"), dtype=op.dtype(indices).numpy())
    at = op.axis(along, rank + 1)
    places = op.constant(numbers.reshape([-1 if place == at else 1 for place in range(rank + 1)]))
    on, off = (op.reshape(item, []) for item in op.pair(on_value, off_value))
    return op.Where(op.Equal(op.unsqueeze(indices, [at]), places), on, off)


@mindspore_op("StridedSlice")
def strided_slice(
    op: MindBuilder,
    x: ir.Value,
    begin: Argument,
    end: Argument,
    strides: Argument,
    begin_mask: Argument = 0,
    end_mask: Argument = 0,
    ellipsis_mask: Argument = 0,
    new_axis_mask: Argument = 0,
    shrink_axis_mask: Argument = 0,
) -> ir.Value:
    """Every so many elements between two places; bits of the masks say which bounds do not count."""
    if op.need_int(ellipsis_mask, "ellipsis_mask") or op.need_int(new_axis_mask, "new_axis_mask"):
        raise op.fail("it has an ellipsis or new axes")
    steps = op.need_ints(strides, "its strides")
    free = [op.need_int(mask, "a mask") for mask in (begin_mask, end_mask)]
    shrunk = op.need_int(shrink_axis_mask, "shrink_axis_mask")
    first, last = op.integers(begin), op.integers(end)
    if first is None or last is None:
        if shrunk:
            raise op.fail("it drops axes between bounds that are computed while the model runs")
        return _computed(op, x, begin, end, steps, free)
    starts, stops = _bounds(first, last, steps, free, shrunk)
    result = op.slice(x, starts, stops, list(range(len(steps))), steps)
    return op.squeeze(result, [axis for axis in range(len(steps)) if shrunk >> axis & 1])


def _bounds(
    first: list[int], last: list[int], steps: list[int], free: list[int], shrunk: int
) -> tuple[list[int], list[int | None]]:
    starts: list[int] = []
    stops: list[int | None] = []
    for axis, (start, stop, step) in enumerate(zip(first, last, steps, strict=True)):
        if shrunk >> axis & 1:
            starts.append(start)
            stops.append(None if start == -1 else start + 1)
            continue
        starts.append(start if not free[0] >> axis & 1 else 0 if step > 0 else -1)
        stops.append(None if free[1] >> axis & 1 else stop)
    return starts, stops


def _computed(
    op: MindBuilder, x: ir.Value, begin: Argument, end: Argument, steps: list[int], free: list[int]
) -> ir.Value:
    """Bounds that are known while the model runs only; axes with free bounds on both sides are left whole."""
    axes = [axis for axis in range(len(steps)) if not (free[0] & free[1]) >> axis & 1 or steps[axis] != 1]
    if any((free[0] | free[1]) >> axis & 1 for axis in axes):
        raise op.fail("one bound is free and the other computed while the model runs")
    bounds = [op.gather(op.vector(item), axes) for item in (begin, end)]
    return op.Slice(x, *bounds, op.ints(axes), op.ints([steps[axis] for axis in axes]))
