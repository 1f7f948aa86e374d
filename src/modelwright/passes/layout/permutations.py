"""Orders of dimensions: a layout lists, for each physical dimension, the logical axis it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from modelwright.formats import Dim

Layout = tuple[int, ...]
"""``layout[i]`` is the logical axis that physical dimension ``i`` holds."""

_T = TypeVar("_T")


def identity(rank: int) -> Layout:
    """The order in which nothing moves."""
    return tuple(range(rank))


def permuted(items: Sequence[_T], perm: Sequence[int]) -> tuple[_T, ...]:
    """What Transpose with ``perm`` makes of a shape or a layout."""
    return tuple(items[axis] for axis in perm)


def between(old: Layout, new: Layout) -> Layout:
    """The ``perm`` of a Transpose that takes a tensor from layout ``old`` to ``new``."""
    return tuple(old.index(axis) for axis in new)


def moves_only_ones(shape: Sequence[Dim] | None, perm: Sequence[int]) -> bool:
    """Whether a Transpose leaves the elements where they are: it only moves dimensions of size 1."""
    if shape is None:
        return False
    kept = [axis for axis in perm if shape[axis] != 1]
    return kept == sorted(kept)


def elements(shape: Sequence[Dim] | None) -> int:
    """The number of elements, with a guess for dimensions that are not known (1 in front, 32 elsewhere)."""
    total = 1
    for axis, dim in enumerate(shape or ()):
        total *= dim if isinstance(dim, int) else (32 if axis else 1)
    return total
