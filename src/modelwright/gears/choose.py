"""Chooses gears so that as little as possible is padded, under a limit of how many there may be.

A sample runs in the smallest gear that holds it; what the gear is larger is computed for nothing. With one open size
the choice is exact: of sizes in order, each gear holds a run of them up to itself, and dynamic programming over where
the runs end finds the least sum. With more open sizes, where the exact choice is out of reach, the gear that saves most
is added one after the other, and then gears are exchanged one at a time as long as that saves something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.errors import UsageError
from modelwright.gears.observed import Histogram, Sizes

_MOST_PAIRS: Final = 4_000_000
"""Pairs of a candidate and a sample that are looked at; beyond, only sizes that occur together are candidates."""

_MOST_ROUNDS: Final = 20
"""Rounds of exchanges; they end by themselves, this bounds the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Gears.

    Attributes:
        gears: Their sizes, from small to large.
        uses: How many runs each has.
        computed: What is computed in all: the sum of the gears' products.
    """

    gears: tuple[Sizes, ...]
    uses: tuple[int, ...]
    computed: float


def choose_gears(sizes: Histogram, most: int) -> Chosen:
    """At most ``most`` gears that hold all samples.

    Args:
        sizes: How often sizes occur.
        most: How many gears there may be.

    Raises:
        UsageError: ``most`` is less than 1.
    """
    _check(most)
    gears = _exact(sizes, most) if len(next(iter(sizes))) == 1 else _found(sizes, most)
    return _account(sorted(gears), sizes)


def choose_batches(counts: Histogram, most: int, largest: int) -> Chosen:
    """At most ``most`` batches for samples that come together, so many at a time.

    They run in full batches of the largest gear, and what remains in the smallest gear that holds it. Exact.

    Args:
        counts: How often so many come together.
        most: How many gears there may be.
        largest: The largest batch; it is one of the gears, unless fewer ever come together.

    Raises:
        UsageError: A limit is less than 1.
    """
    _check(most)
    if largest < 1:
        raise UsageError(f"--largest_batch is {largest}", hint="give a number greater than 0")
    top = min(largest, max(count for (count,) in counts))
    rest: Histogram = Counter({(top,): 0})
    full = 0
    for (count,), times in counts.items():
        whole, left = divmod(count, top)
        full += whole * times
        if left:
            rest[left,] += times
    found = _account(sorted(_exact(rest, most)), rest)
    uses = (*found.uses[:-1], found.uses[-1] + full)
    return Chosen(gears=found.gears, uses=uses, computed=found.computed + full * top)


def _check(most: int) -> None:
    if most < 1:
        raise UsageError(f"--most is {most}", hint="give at least 1 gear")


def _exact(sizes: Histogram, most: int) -> list[Sizes]:
    """The best gears of one open size: the last of each run of sizes in order."""
    values = np.array(sorted(size for (size,) in sizes), dtype=np.float64)
    before = np.concatenate([[0.0], np.cumsum([sizes[int(value),] for value in values])])
    count = len(values)
    cost = np.concatenate([[0.0], before[1:] * values])
    ends = [np.zeros(count + 1, dtype=np.int64)]
    for _ in range(1, min(most, count)):
        runs = np.full((count + 1, count + 1), np.inf)
        for last in range(1, count + 1):
            runs[last, :last] = cost[:last] + (before[last] - before[:last]) * values[last - 1]
        runs[0, 0] = 0.0
        ends.append(runs.argmin(axis=1))
        cost = runs.min(axis=1)
    gears: list[Sizes] = []
    last = count
    for begin in reversed(ends):
        if last:
            gears.append((int(values[last - 1]),))
            last = int(begin[last])
    return gears


def _found(sizes: Histogram, most: int) -> list[Sizes]:
    """Good gears of several open sizes."""
    points, counts = np.array(list(sizes), dtype=np.float64), np.array(list(sizes.values()), dtype=np.float64)
    candidates = _candidates(points)
    fits = (candidates[:, None] >= points[None]).all(axis=2)
    areas = np.where(fits, candidates.prod(axis=1)[:, None], np.inf)
    chosen = [int(fits.sum(axis=1).argmax())]
    while len(chosen) < most:
        best = _best(areas, areas[chosen].min(axis=0), counts)
        if best in chosen:
            break
        chosen.append(best)
    for _ in range(_MOST_ROUNDS):
        before = list(chosen)
        for place in range(len(chosen)):
            others = chosen[:place] + chosen[place + 1 :]
            without = areas[others].min(axis=0) if others else np.full(len(points), np.inf)
            chosen[place] = _best(areas, without, counts)
        if chosen == before:
            break
    return _tight([tuple(int(size) for size in candidates[place]) for place in chosen], sizes)


def _best(areas: np.ndarray, least: np.ndarray, counts: np.ndarray) -> int:
    """The candidate with which the least is computed, besides others with which ``least`` is."""
    return int((np.minimum(areas, least[None]) @ counts).argmin())


def _candidates(points: np.ndarray) -> np.ndarray:
    """All combinations of the sizes that occur, the largest of all first; fewer when these are too many."""
    axes = [np.unique(axis)[::-1] for axis in points.T]
    if int(np.prod([len(axis) for axis in axes])) * len(points) > _MOST_PAIRS:
        return np.vstack([points.max(axis=0)[None], points])
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def _assigned(gears: Sequence[Sizes], points: np.ndarray) -> np.ndarray:
    """For each point the smallest gear that holds it."""
    array = np.array(gears, dtype=np.float64)
    fits = (array[None] >= points[:, None]).all(axis=2)
    return np.where(fits, array.prod(axis=1)[None], np.inf).argmin(axis=1)


def _tight(gears: Sequence[Sizes], sizes: Histogram) -> list[Sizes]:
    """Gears no larger than what they are used for."""
    points = np.array(list(sizes))
    places = _assigned(gears, points)
    found = {tuple(int(size) for size in points[places == place].max(axis=0)) for place in set(places.tolist())}
    return sorted(found)


def _account(gears: Sequence[Sizes], sizes: Histogram) -> Chosen:
    points = np.array(list(sizes))
    counts = np.array(list(sizes.values()))
    places = _assigned(gears, points)
    uses = tuple(int(counts[places == place].sum()) for place in range(len(gears)))
    areas = np.array(gears, dtype=np.float64).prod(axis=1)
    return Chosen(gears=tuple(gears), uses=uses, computed=float((areas * np.array(uses)).sum()))
