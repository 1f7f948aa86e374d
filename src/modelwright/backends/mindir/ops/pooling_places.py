"""Where MaxPool found the largest numbers, and MaxUnpool, which puts them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import cast, constant, cut, reshape, scalar, static
from modelwright.errors import ConversionError

_INT64 = ir.DataType.INT64


def with_places(
    e: Emitter,
    x: ir.Value,
    padded: Term,
    around: Sequence[int],
    window: tuple[Sequence[int], Sequence[int], Sequence[int]],
    *,
    by_columns: bool,
) -> tuple[Term, Term]:
    """The largest numbers and where they are, counted through the whole tensor; the first of equal ones.

    Args:
        e: The graph.
        x: The data, whose sizes must be known.
        padded: The data with the lowest number around.
        around: What is padded in front of each axis, then behind.
        window: Size, step and distance of elements of the window in each axis.
        by_columns: Whether places count down the columns first.
    """
    shape = static(e, x)
    best, found = None, e.weight(np.zeros((), np.int64))
    for ranges, here in _taps(shape, around, window, by_columns=by_columns):
        piece = cut(e, padded, len(shape), ranges)
        place = e.weight(here)
        if best is None:
            best, found = piece, place
            continue
        better = cast(e, e.op("Greater", piece, best), _INT64)
        found = e.op("Add", found, e.op("Mul", better, e.op("Sub", place, found)))
        best = e.op("Maximum", best, piece)
    if best is None:
        raise ConversionError("its window has no elements")
    planes = np.arange(shape[0] * shape[1], dtype=np.int64) * prod(shape[2:])
    base = e.weight(planes.reshape((shape[0], shape[1], *[1] * (len(shape) - 2))))
    return best, e.op("Add", base, found)


def _taps(
    shape: Sequence[int],
    around: Sequence[int],
    window: tuple[Sequence[int], Sequence[int], Sequence[int]],
    *,
    by_columns: bool,
) -> Iterator[tuple[dict[int, tuple[int, int, int]], np.ndarray]]:
    """For each place of the window the ranges that it meets, and the numbers of these elements in their plane."""
    kernel, steps, gaps = window
    rank, sizes = len(kernel), shape[2:]
    order = range(rank) if by_columns else reversed(range(rank))
    strides, width = [0] * rank, 1
    for axis in order:
        strides[axis], width = width, width * sizes[axis]
    for tap in product(*map(range, kernel)):
        ranges: dict[int, tuple[int, int, int]] = {}
        numbers = np.zeros([1] * len(shape), np.int64)
        for axis, number in enumerate(tap):
            extent = (kernel[axis] - 1) * gaps[axis] + 1
            count = (sizes[axis] + around[axis] + around[axis + rank] - extent) // steps[axis] + 1
            first = number * gaps[axis]
            ranges[axis + 2] = first, first + (count - 1) * steps[axis] + 1, steps[axis]
            along = (first - around[axis] + np.arange(count) * steps[axis]) * strides[axis]
            numbers = numbers + along.reshape([-1 if other == axis + 2 else 1 for other in range(len(shape))])
        yield ranges, numbers


@mind_op("MaxUnpool")
def max_unpool(
    e: Emitter,
    x: ir.Value,
    places: ir.Value,
    wanted: ir.Value | None = None,
    *,
    kernel_shape: list[int],
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Term:
    """Elements put back to where MaxPool found them, zeros elsewhere."""
    rank, shape = len(kernel_shape), static(e, x)
    steps, edges = strides or [1] * rank, pads or [0] * 2 * rank
    usual = [
        (shape[2 + axis] - 1) * steps[axis] + kernel_shape[axis] - edges[axis] - edges[axis + rank]
        for axis in range(rank)
    ]
    full = [*shape[:2], *usual]
    if wanted is not None:
        full = [int(size) for size in constant(e, wanted, "the output's shape").ravel()]
    zeros = e.op("BroadcastTo", scalar(e, 0, e.kind(x).dtype), (prod(full),))
    flat = reshape(e, e.term(places), (-1,)), reshape(e, e.term(x), (-1,))
    return reshape(e, e.op("TensorScatterElements", zeros, *flat, 0, 0), full)
