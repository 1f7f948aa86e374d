"""Windows that MindSpore's own pooling does not know: with gaps, in three dimensions, by norms; tap by tap."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.terms import static
from modelwright.errors import ConversionError
from modelwright.hub.padding import same_pads
from modelwright.hub.taps import taps

_MOST_TAPS: Final = 343


def over_taps(
    e: Emitter,
    term: Term,
    sizes: Sequence[int],
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
    name: str,
) -> Term:
    """Add or Maximum over what stands under each place of a window.

    Args:
        e: The emitter.
        term: The padded input, batch and channels in front.
        sizes: Its spatial sizes.
        kernel: The window.
        steps: How far it moves.
        spread: Distance of its elements.
        name: MindSpore's primitive of two arguments.
    """
    if prod(kernel) > _MOST_TAPS:
        raise ConversionError(f"its window has {prod(kernel)} elements, more than are written one by one")
    result: Term | None = None
    for ranges in taps(sizes, kernel, steps, spread):
        first, last, _ = zip(*ranges, strict=True)
        tap = e.op("StridedSlice", term, (0, 0, *first), (0, 0, *last), (1, 1, *steps), 3, 3, 0, 0, 0)
        result = tap if result is None else e.op(name, result, tap)
    if result is None:
        raise ConversionError("its window has no elements")
    return result


def padded_sizes(sizes: Sequence[int], around: Sequence[int]) -> list[int]:
    """Spatial sizes with padding."""
    rank = len(sizes)
    return [size + around[place] + around[place + rank] for place, size in enumerate(sizes)]


def lowest(dtype: ir.DataType) -> float:
    """The lowest finite number of a dtype of floats that all of MindSpore's kernels take."""
    return -65504.0 if dtype == ir.DataType.FLOAT16 else -3.4028234663852886e38


def window_pads(
    e: Emitter,
    x: ir.Value,
    auto_pad: str,
    pads: list[int] | None,
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
) -> list[int]:
    """Padding before each dimension, then behind each."""
    if auto_pad in ("NOTSET", ""):
        return list(pads or [0] * (2 * len(kernel)))
    if auto_pad == "VALID":
        return [0] * (2 * len(kernel))
    sizes = static(e, x)[2:]
    before, after = [], []
    for size, length, step, gap in zip(sizes, kernel, steps, spread, strict=True):
        low, high = same_pads(size, gap * (length - 1) + 1, step) or (0, 0)
        if auto_pad == "SAME_LOWER":
            low, high = high, low
        before.append(low)
        after.append(high)
    return [*before, *after]
