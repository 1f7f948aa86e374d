"""Where MaxPool found the largest numbers, and MaxUnpool, which puts them back."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.ops.windows import padded_sizes
from modelwright.backends.mindir.terms import cast, constant, cut, reshape, scalar, static
from modelwright.errors import ConversionError
from modelwright.hub.taps import first_numbers, numbers_in_plane, taps, unpooled_shape

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
    sizes = padded_sizes(shape[2:], around)
    best, found = None, e.weight(np.zeros((), np.int64))
    for ranges in taps(sizes, *window):
        piece = cut(e, padded, len(shape), dict(enumerate(ranges, 2)))
        place = e.weight(numbers_in_plane(ranges, around, shape[2:], by_columns=by_columns))
        if best is None:
            best, found = piece, place
            continue
        better = cast(e, e.op("Greater", piece, best), _INT64)
        found = e.op("Add", found, e.op("Mul", better, e.op("Sub", place, found)))
        best = e.op("Maximum", best, piece)
    if best is None:
        raise ConversionError("its window has no elements")
    return best, e.op("Add", e.weight(first_numbers(shape)), found)


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
    full = unpooled_shape(shape, kernel_shape, strides or [1] * rank, pads or [0] * 2 * rank)
    if wanted is not None:
        given = [int(size) for size in constant(e, wanted, "the output's shape").ravel()]
        if given != full and not _of_pool(e, places, given):
            raise ConversionError(
                "its output has not the shape that its windows make; runtimes count its indices in one or the other",
                hint="take the indices from a MaxPool of that shape in the model, or leave the output's shape out",
            )
        full = given
    zeros = e.op("BroadcastTo", scalar(e, 0, e.kind(x).dtype), (prod(full),))
    flat = reshape(e, e.term(places), (-1,)), reshape(e, e.term(x), (-1,))
    return reshape(e, e.op("TensorScatterElements", zeros, *flat, 0, 0), full)


def _of_pool(e: Emitter, places: ir.Value, shape: list[int]) -> bool:
    """Whether indices were counted in a tensor of that shape."""
    node = places.producer()
    source = None if node is None or node.op_type != "MaxPool" else node.inputs[0]
    return source is not None and list(e.kind(source).shape) == shape
