"""Where the batch is after a Reshape, from the order of the elements in memory.

Reshape keeps the order of elements. If the batch is a factor of dimension ``a`` with ``inner`` entries of it to each
step of the batch, two samples lie ``inner * (product of the dimensions behind a)`` elements apart. After the Reshape
the batch is in the dimension whose entries span that distance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the batch is in a shape.

    Attributes:
        axis: The dimension.
        inner: Entries of that dimension from one sample to the next: 1 when the batch is its last factor.
    """

    axis: int
    inner: int


def place_after_reshape(
    given: Sequence[int], place: Place, result: Sequence[int], batch: int, natural: Sequence[int | None]
) -> Place | None:
    """Where the batch is in ``result``, or None when that cannot be told.

    Args:
        given: The shape before, at the old batch.
        place: Where the batch is in it.
        result: The shape after, at the old batch.
        batch: The old batch.
        natural: Dimensions that come out at another batch if nothing is rewritten, in units of the batch where they
            have it, else None; decides between places that fit equally.
    """
    stride = place.inner * math.prod(given[place.axis + 1 :])
    behind = [math.prod(result[axis + 1 :]) for axis in range(len(result))]
    whole = [axis for axis, size in enumerate(result) if size == batch and behind[axis] == stride]
    if place.axis in whole:
        return Place(axis=place.axis, inner=1)
    if len(whole) == 1:
        return Place(axis=whole[0], inner=1)
    if whole:
        return _decided([Place(axis=axis, inner=1) for axis in whole], natural)
    parts = [
        Place(axis=axis, inner=stride // behind[axis])
        for axis, size in enumerate(result)
        if behind[axis] and stride % behind[axis] == 0 and (size * behind[axis]) % (stride * batch) == 0 and size > 0
    ]
    return parts[0] if len(parts) == 1 else _decided(parts, natural)


def _decided(places: Sequence[Place], natural: Sequence[int | None]) -> Place | None:
    chosen = [place for place in places if place.axis < len(natural) and natural[place.axis] is not None]
    return chosen[0] if len(chosen) == 1 else None
