"""The places of a pooling window one by one: what each meets of the data, and where in its plane that lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

Ranges = tuple[tuple[int, int, int], ...]
"""Start, end and step on each spatial axis."""


def taps(
    sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Iterator[Ranges]:
    """For each place of a window, row by row, the elements of the padded data that it meets.

    Args:
        sizes: The data's spatial sizes, with padding.
        kernel: Elements of a window.
        strides: Steps between windows.
        dilations: Steps between a window's elements.
    """
    counts = [
        (size - (length - 1) * gap - 1) // step + 1
        for size, length, step, gap in zip(sizes, kernel, strides, dilations, strict=True)
    ]
    for place in product(*map(range, kernel)):
        starts = [number * gap for number, gap in zip(place, dilations, strict=True)]
        yield tuple(
            (start, start + (count - 1) * step + 1, step)
            for start, count, step in zip(starts, counts, strides, strict=True)
        )


def numbers_in_plane(ranges: Ranges, begins: Sequence[int], sizes: Sequence[int], *, by_columns: bool) -> np.ndarray:
    """The numbers that MaxPool gives the elements of ranges, batch and channel apart: int64 ``[1, 1, ..]``.

    Args:
        ranges: Elements of the padded data.
        begins: What is padded in front of each axis.
        sizes: The sizes without padding.
        by_columns: Whether the first axis counts fastest (``storage_order`` 1).
    """
    rank = len(sizes)
    total = np.zeros([1] * (rank + 2), np.int64)
    width = 1
    for axis in range(rank) if by_columns else reversed(range(rank)):
        along = (np.arange(*ranges[axis]) - begins[axis]) * width
        total = total + along.reshape([-1 if other == axis + 2 else 1 for other in range(rank + 2)])
        width *= sizes[axis]
    return total


def first_numbers(shape: Sequence[int]) -> np.ndarray:
    """The number of the first element of each plane of ``[N, C, ..]``: int64 ``[N, C, 1, ..]``."""
    planes = np.arange(shape[0] * shape[1], dtype=np.int64) * prod(shape[2:])
    return planes.reshape((shape[0], shape[1], *[1] * (len(shape) - 2)))


def unpooled_shape(
    shape: Sequence[int], kernel: Sequence[int], strides: Sequence[int], pads: Sequence[int]
) -> list[int]:
    """The shape that MaxUnpool makes of ``[N, C, ..]`` where none is given; pads are all in front, then all behind."""
    rank = len(kernel)
    return [
        *shape[:2],
        *(
            (shape[2 + axis] - 1) * strides[axis] + kernel[axis] - pads[axis] - pads[axis + rank]
            for axis in range(rank)
        ),
    ]
