"""Pieces of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Argument, Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import (
    axis_of,
    constant,
    cut,
    integers,
)
from modelwright.errors import ConversionError
from modelwright.formats import Dim

_FAR = int(np.iinfo(np.int32).max)
"""Beyond the end of every dimension."""


@mind_op("Split")
def split(
    e: Emitter, x: ir.Value, split: ir.Value | None = None, *, axis: int = 0, num_outputs: int | None = None
) -> tuple[Term, ...]:
    """Pieces along an axis."""
    shape = e.kind(x).shape
    at = axis_of(axis, len(shape))
    size = shape[at]
    if split is not None:
        sizes = [int(item) for item in constant(e, split, "its sizes").ravel()]
    elif isinstance(size, int) and num_outputs:
        each = -(-size // num_outputs)
        sizes = [min(each, size - each * place) for place in range(num_outputs)]
    else:
        raise ConversionError("the sizes of its pieces are not known")
    if len(set(sizes)) == 1 and len(sizes) > 1:
        pieces = e.op("Split", e.term(x), at, len(sizes))
        return tuple(e.item(pieces, place) for place in range(len(sizes)))
    starts = np.cumsum([0, *sizes])
    return tuple(
        cut(e, e.term(x), len(shape), {at: (int(start), int(start + length), 1)})
        for start, length in zip(starts, sizes, strict=False)
    )


@mind_op("Slice")
def slice_(
    e: Emitter,
    x: ir.Value,
    starts: ir.Value,
    ends: ir.Value,
    axes: ir.Value | None = None,
    steps: ir.Value | None = None,
) -> Term:
    """Every so many elements between two places; backwards, too."""
    shape = e.kind(x).shape
    if not (_reachable(e, starts) and _reachable(e, ends)):
        return _computed_slice(e, x, starts, ends, axes, steps)
    first, last = (_contents(e, item) for item in (starts, ends))
    along = range(len(first)) if axes is None else constant(e, axes, "its axes").ravel().tolist()
    step = [1] * len(first) if steps is None else constant(e, steps, "its steps").ravel().tolist()
    ranges: dict[int, tuple[Dim, Dim, int]] = {}
    backwards: list[int] = []
    for begin, end, axis, stride in zip(first, last, along, step, strict=True):
        at = axis_of(int(axis), len(shape))
        size = shape[at]
        if not isinstance(size, int) or not isinstance(begin, int) or not isinstance(end, int):
            if _is_turned(begin, end, int(stride)):
                backwards.append(at)
            elif not _is_whole(begin, end, size, int(stride)):
                ranges[at] = _open_range(begin, end, int(stride))
            continue
        places = range(size)[begin : end : int(stride)]
        if not len(places):
            raise ConversionError("its result has no elements, which MindSpore does not take")
        if stride < 0:
            backwards.append(at)
            places = places[::-1]
        ranges[at] = places.start, places.stop, places.step
    result = cut(e, e.term(x), len(shape), ranges) if ranges else e.term(x)
    return e.op("ReverseV2", result, tuple(backwards)) if backwards else result


def _computed_slice(
    e: Emitter, x: ir.Value, starts: ir.Value, ends: ir.Value, axes: ir.Value | None, steps: ir.Value | None
) -> Term:
    """Bounds that are known while the model runs only; axes and steps are constant."""
    rank, count = len(e.kind(x).shape), e.kind(starts).shape[0]
    if not isinstance(count, int):
        raise ConversionError("how many dimensions it cuts is not known")
    named = range(count) if axes is None else constant(e, axes, "its axes").ravel().tolist()
    along = [axis_of(int(axis), rank) for axis in named]
    stride = [1] * count if steps is None else [int(step) for step in constant(e, steps, "its steps").ravel()]
    if min(stride) < 1:
        raise ConversionError("it goes backwards between bounds that are computed while the model runs")
    bounds = [_at(e, integers(e, item), along, rank) for item in (starts, ends)]
    whole = sum(1 << axis for axis in range(rank) if axis not in along)
    each = tuple(stride[along.index(axis)] if axis in along else 1 for axis in range(rank))
    return e.op("StridedSlice", e.term(x), bounds[0], bounds[1], each, whole, whole, 0, 0, 0)


def _at(e: Emitter, numbers: Argument, along: Sequence[int], rank: int) -> Argument:
    """Numbers in the places of their axes, 0 elsewhere."""
    if isinstance(numbers, Term):
        items = [e.item(numbers, along.index(axis)) if axis in along else 0 for axis in range(rank)]
        return e.op("MakeTuple", *items, old=True)
    given = list(numbers) if isinstance(numbers, tuple) else []
    return tuple(min(int(given[along.index(axis)]), _FAR) if axis in along else 0 for axis in range(rank))


def _reachable(e: Emitter, value: ir.Value) -> bool:
    """Whether bounds are numbers and sizes of inputs."""
    found = e.shapes.contents(value)
    return found is not None and all(map(e.has, found.ravel().tolist()))


def _contents(e: Emitter, value: ir.Value) -> list[Dim]:
    found = e.shapes.contents(value)
    if found is None:
        raise ConversionError("its bounds are computed while the model runs")
    return list(found.ravel().tolist())


def _is_whole(begin: Dim, end: Dim, size: Dim, stride: int) -> bool:
    """Whether a range is all of a dimension whose size is not known."""
    return stride == 1 and begin == 0 and (end == size or (isinstance(end, int) and end >= _FAR))


def _is_turned(begin: Dim, end: Dim, stride: int) -> bool:
    """Whether a range is all of a dimension whose size is not known, from the last to the first."""
    return stride == -1 and begin == -1 and isinstance(end, int) and end <= np.iinfo(np.int32).min


def _open_range(begin: Dim, end: Dim, stride: int) -> tuple[Dim, Dim, int]:
    """A range of a dimension whose size is not known, up to its end where the bound is beyond all sizes."""
    if stride < 1:
        raise ConversionError("it goes backwards in a dimension whose size is not known")
    return begin, min(end, _FAR) if isinstance(end, int) else end, stride
