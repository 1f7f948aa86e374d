"""Elements around a tensor."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import (
    axis_of,
    constant,
    cut,
    reshape,
    scalar,
)
from modelwright.errors import ConversionError


@mind_op("Pad")
def pad(
    e: Emitter,
    x: ir.Value,
    pads: ir.Value,
    value: ir.Value | None = None,
    axes: ir.Value | None = None,
    *,
    mode: str = "constant",
) -> Term:
    """Elements around; negative ones cut."""
    rank = len(e.kind(x).shape)
    amounts = constant(e, pads, "its amounts").ravel().tolist()
    along = (
        list(range(rank)) if axes is None else [axis_of(int(a), rank) for a in constant(e, axes, "its axes").ravel()]
    )
    before, after = [0] * rank, [0] * rank
    for place, axis in enumerate(along):
        before[axis], after[axis] = int(amounts[place]), int(amounts[place + len(along)])
    fill = scalar(e, 0, e.kind(x).dtype) if value is None else reshape(e, e.term(value), ())
    return padded(e, x, e.term(x), before, after, mode, fill)


def padded(e: Emitter, x: ir.Value, term: Term, before: list[int], after: list[int], mode: str, fill: Term) -> Term:
    """``term``, of the sizes of ``x``, with elements around."""
    shape = e.kind(x).shape
    ranges = {
        axis: (-min(b, 0), int(shape[axis] or 0) + min(a, 0), 1)  # pyright: ignore[reportArgumentType]
        for axis, (b, a) in enumerate(zip(before, after, strict=True))
        if b < 0 or a < 0
    }
    if any(not isinstance(shape[axis], int) for axis in ranges):
        raise ConversionError("it cuts a dimension whose size is not known")
    term = cut(e, term, len(shape), ranges) if ranges else term
    flat = [max(item, 0) for pair in zip(before[::-1], after[::-1], strict=True) for item in pair]
    if not any(flat):
        return term
    if mode == "constant":
        return e.op("PadV3", term, tuple(flat), fill, mode="constant", paddings_contiguous=True)
    for axis, (low, high) in enumerate(zip(before, after, strict=True)):
        if low > 0 or high > 0:
            size = ranges[axis][1] - ranges[axis][0] if axis in ranges else shape[axis]
            if not isinstance(size, int):
                raise ConversionError("it repeats a dimension whose size is not known")
            places = np.pad(np.arange(size), (max(low, 0), max(high, 0)), _NUMPY_MODES[mode])
            term = e.op("Gather", term, e.weight(places.astype(np.int64)), axis, 0)
    return term


_NUMPY_MODES: Final[dict[str, Any]] = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}
