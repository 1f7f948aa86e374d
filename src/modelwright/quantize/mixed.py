"""Mixed precision: the fewest layers in float, or in 16 bits, with which a model is good enough.

The tensors are ranked once by what quantizing each alone costs. Then whole models are judged, at most ``2 * log2(n)``
of them for ``n`` candidates: bisection finds how many of the worst must leave; the evaluations that are left try
whether some of these can stay after all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelwright.quantize.sensitivity import Sensitivity


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge says of a model.

    Attributes:
        meets: Whether it is good enough.
        text: What was measured.
    """

    meets: bool
    text: str


Names = tuple[str, ...]
Judge = Callable[[Names], Verdict]
"""Judges the model in which the activations named are kept out of 8 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """What was chosen.

    Attributes:
        names: Activations that leave 8 bits, most sensitive first.
        verdict: On the model with them.
        first: On the model with all in 8 bits.
        evaluations: Models judged.
    """

    names: Names
    verdict: Verdict
    first: Verdict
    evaluations: int


class _Search:
    def __init__(self, ranked: Sequence[Sensitivity], judge: Judge) -> None:
        self.ranked = ranked
        self._judge = judge
        self._known: dict[Names, Verdict] = {}

    @property
    def evaluations(self) -> int:
        return len(self._known)

    def names(self, places: Sequence[int]) -> Names:
        return tuple(name for place in places for name in self.ranked[place].names)

    def verdict(self, places: Sequence[int]) -> Verdict:
        names = self.names(places)
        if names not in self._known:
            self._known[names] = self._judge(names)
        return self._known[names]


def search(ranked: Sequence[Sensitivity], judge: Judge, *, most: int | None = None) -> Mixed:
    """Chooses the activations that leave 8 bits.

    Args:
        ranked: The candidates, most sensitive first.
        judge: What tells whether a model is good enough.
        most: How many of the candidates may leave at most; None for all.

    Returns:
        The choice; where even ``most`` of them do not suffice, these, with a verdict that says so.
    """
    count = len(ranked) if most is None else min(most, len(ranked))
    allowed = evaluations_allowed(len(ranked))
    run = _Search(ranked, judge)
    first = run.verdict(())
    chosen: list[int] = []
    if not first.meets and count:
        chosen = list(range(_fewest(run, count)))
        if run.verdict(chosen).meets:
            chosen = _spared(run, chosen, allowed)
    return Mixed(names=run.names(chosen), verdict=run.verdict(chosen), first=first, evaluations=run.evaluations)


def evaluations_allowed(candidates: int) -> int:
    """``2 * log2(n)``; for fewer than six candidates what bisection with the models at both ends needs."""
    halvings = math.log2(max(candidates, 1))
    return max(math.floor(2 * halvings), math.ceil(halvings) + 2)


def _fewest(run: _Search, count: int) -> int:
    """How many of the most sensitive must leave; ``count`` where fewer do not suffice."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        if run.verdict(range(middle)).meets:
            high = middle
        else:
            low = middle
    return high


def _spared(run: _Search, chosen: list[int], allowed: int) -> list[int]:
    """The choice without those that prove unnecessary, the least sensitive tried first."""
    for place in reversed(chosen[:-1]):
        if run.evaluations >= allowed:
            break
        fewer = [item for item in chosen if item != place]
        if run.verdict(fewer).meets:
            chosen = fewer
    return chosen
