"""``StridedSlice``: numpy's indexing with slices, integers, ``...`` and new axes, folded into five bit masks.

Described in TensorFlow's ``strided_slice`` documentation: bit i of a mask is about entry i of begin, end and strides.
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import constant_ints, int64

_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of the index that cuts an axis.

    Attributes:
        place: Its position in begin, end and strides.
        axis: The axis of the input; negative, counted from the end, after an ellipsis.
        single: Whether it is an integer, which drops the axis.
        from_start: Whether begin is left open.
        to_end: Whether end is left open.
    """

    place: int
    axis: int
    single: bool
    from_start: bool
    to_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """An index taken apart: what cuts, which axes are dropped, and where new axes go in the result."""

    entries: list[_Entry]
    new_axes: list[int]


def _set(mask: int, place: int) -> bool:
    return bool(mask >> place & 1)


@tf_op("StridedSlice", ignores=("Index",))
def strided_slice(
    op: TensorFlowBuilder,
    x: ir.Value,
    begin: ir.Value,
    end: ir.Value,
    strides: ir.Value,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> ir.Value:
    """``x[begin:end:strides]`` with masks for open ends, ``...``, new axes and integers."""
    steps = [int(step) for step in op.need_constant(strides, "the strides").reshape(-1)]
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    index = _take_apart(op, x, len(steps), masks)
    starts, stops = constant_ints(op, begin), constant_ints(op, end)
    entries = [entry for entry in index.entries if not _takes_all(entry, steps, starts, stops)]
    result = x
    scalar = _picked(op, x, entries, starts, index)
    if scalar is not None:
        return scalar
    if entries and starts is not None and stops is not None:
        result = _cut_constant(op, x, entries, starts, stops, steps)
    elif entries:
        result = _cut(op, x, entries, (begin, end), (starts, stops), steps)
    dropped = [entry.axis for entry in index.entries if entry.single]
    result = op.unsqueeze(op.squeeze(result, dropped), index.new_axes)
    return op.Identity(x) if result is x else result


def _takes_all(entry: _Entry, steps: list[int], starts: list[int] | None, stops: list[int] | None) -> bool:
    if entry.single or steps[entry.place] != 1:
        return False
    starts_at_zero = entry.from_start or (starts is not None and starts[entry.place] == 0)
    goes_on = entry.to_end or (stops is not None and stops[entry.place] >= 2**31 - 1)
    return starts_at_zero and goes_on


def _picked(
    op: TensorFlowBuilder, x: ir.Value, entries: list[_Entry], starts: list[int] | None, index: _Index
) -> ir.Value | None:
    """A single constant integer index is a Gather, which needs no Squeeze and folds well on shapes."""
    if len(entries) != 1 or not entries[0].single or starts is None or index.new_axes:
        return None
    return op.gather(x, starts[entries[0].place], entries[0].axis) if entries[0].axis >= 0 else None


def _take_apart(op: TensorFlowBuilder, x: ir.Value, length: int, masks: tuple[int, int, int, int, int]) -> _Index:
    begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask = masks
    entries: list[_Entry] = []
    new_axes: list[int] = []
    axis = out_axis = 0
    for place in range(length):
        if _set(ellipsis_mask, place):
            remaining = range(place + 1, length)
            cutting = sum(not _set(new_axis_mask, later) for later in remaining)
            skipped = _skipped(op, x, axis, cutting, exact=_needs_rank(remaining, new_axis_mask))
            axis, out_axis = (-cutting, 0) if skipped is None else (axis + skipped, out_axis + skipped)
        elif _set(new_axis_mask, place):
            new_axes.append(out_axis)
            out_axis += 1
        else:
            single = _set(shrink_mask, place)
            entries.append(
                _Entry(
                    place=place,
                    axis=axis,
                    single=single,
                    from_start=_set(begin_mask, place) and not single,
                    to_end=_set(end_mask, place) and not single,
                )
            )
            axis += 1
            out_axis += not single
    return _Index(entries=entries, new_axes=new_axes)


def _needs_rank(remaining: range, new_axis_mask: int) -> bool:
    return any(_set(new_axis_mask, place) for place in remaining)


def _skipped(op: TensorFlowBuilder, x: ir.Value, axis: int, cutting: int, *, exact: bool) -> int | None:
    """How many axes an ellipsis stands for; None for an unknown rank, which only new axes after it need."""
    rank = op.need_rank(x) if exact else op.rank(x)
    return None if rank is None else rank - cutting - axis


def _cut_constant(
    op: TensorFlowBuilder, x: ir.Value, entries: list[_Entry], starts: list[int], stops: list[int], steps: list[int]
) -> ir.Value:
    begins: list[int] = []
    ends: list[int | None] = []
    counts: list[int] = []
    for entry in entries:
        start, stop, step = starts[entry.place], stops[entry.place], steps[entry.place]
        if entry.single:
            begins.append(start)
            ends.append(start + 1 if start != -1 else None)
            counts.append(1)
            continue
        begins.append((0 if step > 0 else _LAST) if entry.from_start else start)
        ends.append(None if entry.to_end else stop)
        counts.append(step)
    return op.slice(x, begins, ends, axes=[entry.axis for entry in entries], steps=counts)


def _cut(
    op: TensorFlowBuilder,
    x: ir.Value,
    entries: list[_Entry],
    bounds: tuple[ir.Value, ir.Value],
    known: tuple[list[int] | None, list[int] | None],
    steps: list[int],
) -> ir.Value:
    """Bounds that are computed: each entry's numbers are gathered, or constants where a mask says so."""
    begin, end = int64(op, bounds[0]), int64(op, bounds[1])
    begins: list[ir.Value] = []
    ends: list[ir.Value] = []
    for entry in entries:
        step = 1 if entry.single else steps[entry.place]
        start = _entry(op, begin, known[0], entry.place)
        if entry.from_start:
            start = op.ints(0 if step > 0 else _LAST)
        begins.append(start)
        if entry.single:
            ends.append(_after(op, start))
        elif entry.to_end:
            ends.append(op.ints(_LAST if step > 0 else -_LAST))
        else:
            ends.append(_entry(op, end, known[1], entry.place))
    counts = op.ints([1 if entry.single else steps[entry.place] for entry in entries])
    axes = op.ints([entry.axis for entry in entries])
    return op.Slice(x, op.concat(begins, 0), op.concat(ends, 0), axes, counts)


def _entry(op: TensorFlowBuilder, numbers: ir.Value, known: list[int] | None, place: int) -> ir.Value:
    if known is not None:
        return op.ints(known[place])
    length = op.shape(numbers)
    return numbers if length == (1,) else op.gather(numbers, [place])


def _after(op: TensorFlowBuilder, start: ir.Value) -> ir.Value:
    """The position after a single index: one more, and the end of the axis after -1."""
    constant = constant_ints(op, start)
    if constant is not None:
        return op.ints(constant[0] + 1 if constant[0] != -1 else _LAST)
    return op.Where(op.Equal(start, op.ints(-1)), op.ints(_LAST), op.Add(start, op.ints(1)))
