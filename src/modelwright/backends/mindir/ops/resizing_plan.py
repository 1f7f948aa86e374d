"""How each axis of a Resize is resized: between numbers, or between sizes that are known while the model runs only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.ops.resizing_open import OpenAxis, in_proportion, scaled, sized
from modelwright.backends.mindir.terms import entry, scalar, size_tensor
from modelwright.errors import ConversionError
from modelwright.formats import Dim
from modelwright.passes.opset.interpolation import Axis

_FLOAT = ir.DataType.FLOAT

Planned = Axis | OpenAxis | None
"""One axis; None where it stays as it is."""


def by_factors(e: Emitter, x: ir.Value, along: Sequence[int], scales: ir.Value, coordinates: str) -> list[Planned]:
    """Axes that are multiplied by factors, constant or computed ones.

    Raises:
        ConversionError: Corners are to meet, and it is open whether the factors give whole sizes.
    """
    known = e.known(scales)
    factors = [None] * len(along) if known is None else [float(item) for item in known.ravel()]
    shape = e.kind(x).shape
    found: list[Planned] = []
    for place, (axis, factor) in enumerate(zip(along, factors, strict=True)):
        size = shape[axis]
        if factor == 1:
            found.append(None)
            continue
        if coordinates == "align_corners" and not _whole(size, factor):
            raise ConversionError("align_corners with factors that give no whole size", hint="give sizes instead")
        if isinstance(size, int) and factor is not None:
            found.append(Axis(size=size, result=int(np.float32(size) * np.float32(factor)), scale=factor))
            continue
        scale = entry(e, e.term(scales), place, _FLOAT) if factor is None else scalar(e, factor, _FLOAT)
        found.append(scaled(e, size_tensor(e, x, axis, _FLOAT), scale))
    return found


def by_sizes(e: Emitter, x: ir.Value, along: Sequence[int], sizes: ir.Value, policy: str) -> list[Planned]:
    """Axes whose new sizes are given, constant or computed ones."""
    shape = e.kind(x).shape
    contents = e.shapes.contents(sizes)
    wanted: list[Dim] = [None] * len(along) if contents is None else list(contents.ravel().tolist())
    pairs = [(shape[axis], after) for axis, after in zip(along, wanted, strict=True)]
    numbers = [(size, after) for size, after in pairs if isinstance(size, int) and isinstance(after, int)]

    def opened(place: int) -> tuple[Term, Term]:
        return size_tensor(e, x, along[place], _FLOAT), entry(e, e.term(sizes), place, _FLOAT)

    if policy == "stretch":
        return [_stretched(e, size, after, place, opened) for place, (size, after) in enumerate(pairs)]
    if len(numbers) < len(pairs):
        return [*in_proportion(e, [opened(place) for place in range(len(along))], policy)]
    ratios = [after / size for size, after in numbers]
    ratio = min(ratios) if policy == "not_larger" else max(ratios)
    return [Axis(size=size, result=int(size * ratio + 0.5), scale=ratio) for size, _ in numbers]


def _stretched(e: Emitter, size: Dim, after: Dim, place: int, opened: Callable[[int], tuple[Term, Term]]) -> Planned:
    if size is not None and size == after:
        return None
    if isinstance(size, int) and isinstance(after, int):
        return Axis(size=size, result=after, scale=after / size)
    return sized(e, *opened(place))


def _whole(size: Dim, factor: float | None) -> bool:
    """Whether a size times a factor is certainly whole."""
    return factor is not None and (size if isinstance(size, int) else 1) * factor % 1 == 0
