"""Slice, Split and Pad: where to cut is an attribute in older opsets."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder

_END = 2**31 - 1
"""What stands for an open end in attributes."""


@lower("Slice", version=11)
def slice_axes(
    op: StepBuilder,
    data: ir.Value,
    starts: ir.Value,
    ends: ir.Value,
    axes: ir.Value | None = None,
    steps: ir.Value | None = None,
) -> Any:
    """Constant axes counted from the front."""
    numbers = op.numbers(axes)
    if numbers is None or all(axis >= 0 for axis in numbers):
        return None
    rank = op.known_rank(data)
    return op.Slice(data, starts, ends, op.ints([axis % rank for axis in numbers]), steps)


@lower("Slice", version=10)
def lower_slice(
    op: StepBuilder,
    data: ir.Value,
    starts: ir.Value,
    ends: ir.Value,
    axes: ir.Value | None = None,
    steps: ir.Value | None = None,
) -> Any:
    """Constant ranges as attributes; axes with steps are gathered."""
    begins, stops = op.constant_numbers(starts, "starts"), op.constant_numbers(ends, "ends")
    places = list(range(len(begins))) if axes is None else op.constant_numbers(axes, "axes")
    strides = [1] * len(begins) if steps is None else op.constant_numbers(steps, "steps")
    plain = [place for place, step in enumerate(strides) if step == 1]
    result = data
    if plain:
        result = op.Slice(
            data,
            starts=[begins[place] for place in plain],
            ends=[min(stops[place], _END) for place in plain],
            axes=[places[place] for place in plain],
        )
    for place, step in enumerate(strides):
        if step != 1:
            size = op.static(data, [places[place]])[0]
            chosen = np.arange(size, dtype=np.int64)[begins[place] : _stop(stops[place], size, step) : step]
            result = op.Gather(result, op.constant(chosen), axis=places[place])
    return result if result is not data else op.Identity(data)


def _stop(stop: int, size: int, step: int) -> int | None:
    """An end as Python's slices take it; far before the first element is None."""
    return None if step < 0 and stop < -size else stop


@lift("Slice", version=10)
def lift_slice(
    op: StepBuilder, data: ir.Value, *, axes: list[int] | None = None, ends: list[int], starts: list[int]
) -> Any:
    """Attributes become inputs."""
    return op.Slice(data, op.ints(starts), op.ints(ends), None if axes is None else op.ints(axes))


@lower("Split", version=18)
def lower_num_outputs(
    op: StepBuilder, x: ir.Value, split: ir.Value | None = None, *, axis: int = 0, num_outputs: int | None = None
) -> Any:
    """The number of parts is that of the outputs; a shorter last part needs the size."""
    if split is not None or num_outputs is None:
        return _split(op, x, split, axis)
    shape = op.shape(x)
    size = None if shape is None else shape[axis]
    if isinstance(size, int) and size % num_outputs == 0:
        return _split(op, x, None, axis)
    if not isinstance(size, int) and op.opset >= 10:
        return _cut_equally(op, x, axis, num_outputs)
    whole = op.static(x, [axis])[0]
    part = -(-whole // num_outputs)
    sizes = [max(0, min(part, whole - part * place)) for place in range(num_outputs)]
    return _split(op, x, op.ints(sizes), axis)


def _cut_equally(op: StepBuilder, x: ir.Value, axis: int, count: int) -> list[ir.Value]:
    """Slices of equal length, of a size known at run time; the last one may be shorter."""
    place = axis % op.known_rank(x)
    part = op.Div(op.Add(op.dim_of(x, place), op.ints(count - 1)), op.ints(count))
    starts = [op.Mul(part, op.ints(index)) for index in range(count + 1)]
    return [op.Slice(x, starts[index], starts[index + 1], op.ints(place)) for index in range(count)]


def _split(op: StepBuilder, x: ir.Value, split: ir.Value | None, axis: int) -> Any:
    return op.emit("Split", [x, split], {"axis": axis}, outputs=len(op.node.outputs))


@lift("Split", version=18)
def lift_num_outputs(op: StepBuilder, x: ir.Value, split: ir.Value | None = None, *, axis: int = 0) -> Any:
    """Says how many parts there are where their sizes are not given."""
    count = len(op.node.outputs)
    attributes = {"axis": axis, "num_outputs": count if split is None else None}
    return op.emit("Split", [x, split], attributes, outputs=count)


@lower("Split", version=13)
def lower_split(op: StepBuilder, x: ir.Value, split: ir.Value | None = None, *, axis: int = 0) -> Any:
    """Constant sizes become an attribute; computed ones are cut one after the other."""
    count = len(op.node.outputs)
    sizes = op.numbers(split)
    if split is None or sizes is not None:
        return op.emit("Split", [x], {"axis": axis, "split": sizes}, outputs=count)
    if op.opset < 10:
        op.constant_numbers(split, "sizes")
    return _cut_at_runtime(op, x, split, axis)


def _cut_at_runtime(op: StepBuilder, x: ir.Value, split: ir.Value, axis: int) -> list[ir.Value]:
    place = axis % op.known_rank(x) if axis < 0 else axis
    start, parts = op.ints(0), list[ir.Value]()
    for index in range(len(op.node.outputs)):
        end = op.Add(start, op.Gather(split, op.ints(index), axis=0))
        parts.append(op.Slice(x, start, end, op.ints(place)))
        start = end
    return parts


@lift("Split", version=13)
def lift_split(op: StepBuilder, x: ir.Value, *, axis: int = 0, split: list[int] | None = None) -> Any:
    """Sizes become an input."""
    sizes = None if split is None else op.ints(split)
    return op.emit("Split", [x, sizes], {"axis": axis}, outputs=len(op.node.outputs))


@lower("Pad", version=19)
def lower_wrap(
    op: StepBuilder,
    data: ir.Value,
    pads: ir.Value,
    constant_value: ir.Value | None = None,
    axes: ir.Value | None = None,
    *,
    mode: str = "constant",
) -> Any:
    """``wrap`` is a Gather along each axis."""
    if mode != "wrap":
        return None
    del constant_value
    amounts = op.constant_numbers(pads, "pads")
    rank = op.known_rank(data)
    places = list(range(rank)) if axes is None else [a % rank for a in op.constant_numbers(axes, "axes")]
    result = data
    for index, place in enumerate(places):
        begin, end = amounts[index], amounts[index + len(places)]
        if begin or end:
            size = op.static(data, [place])[0]
            result = op.Gather(result, op.constant(np.arange(-begin, size + end) % size), axis=place)
    return result if result is not data else op.Identity(data)


@lower("Pad", version=18)
def lower_pad_axes(
    op: StepBuilder,
    data: ir.Value,
    pads: ir.Value,
    constant_value: ir.Value | None = None,
    axes: ir.Value | None = None,
    *,
    mode: str = "constant",
) -> Any:
    """Amounts for all axes, 0 where none was named."""
    if axes is None:
        return None
    rank = op.known_rank(data)
    places = [axis % rank for axis in op.constant_numbers(axes, "axes")]
    indices = places + [place + rank for place in places]
    amounts = op.numbers(pads)
    if amounts is not None:
        full = np.zeros(2 * rank, np.int64)
        full[indices] = amounts
        spread = op.constant(full)
    else:
        order = [indices.index(place) if place in indices else len(indices) for place in range(2 * rank)]
        spread = op.Gather(op.Concat(pads, op.ints(0), axis=0), op.ints(order), axis=0)
    return op.Pad(data, spread, constant_value, mode=mode)


@lower("Pad", version=11)
def lower_pad(
    op: StepBuilder, data: ir.Value, pads: ir.Value, constant_value: ir.Value | None = None, *, mode: str = "constant"
) -> Any:
    """Amounts and value as attributes; integers are padded by joining blocks."""
    amounts = op.constant_numbers(pads, "pads")
    dtype = op.known_dtype(data)
    number = np.zeros((), dtype.numpy()) if constant_value is None else op.array(constant_value)
    if number is None:
        op.constant_numbers(constant_value or data, "value")
        raise op.fail("its value is computed")
    if op.is_float(data):
        return op.Pad(data, pads=amounts, mode=mode, value=float(number.reshape(-1)[0]))
    if mode == "constant":
        return _pad_by_joining(op, data, amounts, number.reshape(-1)[0])
    return _pad_by_gathering(op, data, amounts, mode)


def _pad_by_joining(op: StepBuilder, data: ir.Value, amounts: list[int], number: Any) -> ir.Value:
    rank = len(amounts) // 2
    sizes, result = op.static(data, range(rank)), data
    for axis in range(rank):
        begin, end = amounts[axis], amounts[axis + rank]
        kept = [max(0, -begin), sizes[axis] - max(0, -end)]
        if min(begin, end) < 0:
            result = op.slice(result, kept[:1], kept[1:], [axis])
            sizes[axis] = max(0, kept[1] - kept[0])
        blocks = [np.full([*sizes[:axis], amount, *sizes[axis + 1 :]], number) for amount in (begin, end) if amount > 0]
        parts: list[ir.Value | np.ndarray] = [result]
        parts = [*blocks[: begin > 0], *parts, *blocks[begin > 0 :]]
        result = op.Concat(*parts, axis=axis) if blocks else result
        sizes[axis] += max(0, begin) + max(0, end)
    return result if result is not data else op.Identity(data)


def _pad_by_gathering(op: StepBuilder, data: ir.Value, amounts: list[int], mode: str) -> ir.Value:
    rank = len(amounts) // 2
    sizes, result = op.static(data, range(rank)), data
    for axis in range(rank):
        begin, end = amounts[axis], amounts[axis + rank]
        places = np.arange(-begin, sizes[axis] + end)
        last = sizes[axis] - 1
        chosen = np.clip(places, 0, last) if mode == "edge" else last - np.abs(last - np.abs(places))
        result = op.Gather(result, op.constant(chosen.astype(np.int64)), axis=axis)
    return result


@lift("Pad", version=11)
def lift_pad(op: StepBuilder, data: ir.Value, *, mode: str = "constant", pads: list[int], value: float = 0.0) -> Any:
    """Attributes become inputs."""
    return op.pad(data, pads, mode=mode, value=op.scalar(value, data) if value else None)
