"""Sizes of beginnings: the first ``n`` rows of a table of 512 are ``min(512, n)``.

Position embeddings are cut so. What is added to them has ``n`` rows, which settles the size of the sum: of more than
512 rows the model could make nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelwright.formats import Dim

_NAME = re.compile(r"min\((\d+),(.+)\)")


def prefix_of(size: int, name: str) -> str:
    """The name of the size of the first ``name`` of ``size`` entries."""
    return f"min({size},{name})"


def is_prefix(dim: Dim) -> bool:
    """Whether a dimension is named by ``prefix_of``."""
    return isinstance(dim, str) and _NAME.fullmatch(dim) is not None


def broadcast_prefix(left: Dim, right: Dim) -> Dim:
    """The size of two dimensions broadcast together if one is a beginning of more than one entry by the other's name.

    ``n`` and ``min(512, n)`` fit each other only if they are equal: they are 1 together, and beyond 512 neither is 1.
    """
    for short, name in ((left, right), (right, left)):
        match = _NAME.fullmatch(short) if isinstance(short, str) else None
        if match is not None and match[2] == name and int(match[1]) > 1:
            return name
    return None


def cut_to_names(
    shape: Sequence[Dim], axes: Sequence[int], starts: Sequence[int], ends: Sequence[Dim], steps: Sequence[int]
) -> tuple[Dim, ...]:
    """The shape of a Slice whose ends are not all numbers: names from 0 on give beginnings, all else is unknown."""
    result = list(shape)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        size = shape[axis]
        named = isinstance(size, int) and isinstance(end, str) and start == 0 and step == 1
        result[axis] = prefix_of(size, end) if named and isinstance(size, int) and isinstance(end, str) else None
    return tuple(result)
