"""The search for the first tensor that differs, in few runs and bounded memory.

Tensors are looked at in cuts: all that are alive at one place of the graph. If every tensor of a cut agrees, nothing
before it matters; if one differs, nothing behind it does. A run therefore halves what is left at least, and looks at
more places at once as far as the memory allowed reaches. An error that vanishes again on its way (behind a ReLU, an
ArgMax, a saturation) does not lead the search astray: it follows the tensors that differ back from a tensor that
differs, until everything that one is computed from agrees.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modelwright.verify.locate.findings import Measure

LOOSEST: Final = 1e-5
"""Relative error from which on a tensor counts as different at first, where no rounding is expected before it."""

FINEST: Final = 4e-6
"""Relative error that rounding alone may make in one layer of float32: 32 units in the last place."""

Look = Callable[[Sequence[str]], Mapping[str, Measure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The model's graph reduced to the tensors that have a counterpart, in topological order.

    Attributes:
        order: Tensors to their place.
        behind: Tensors to the nearest ones they are computed from.
        nbytes: Bytes of each tensor.
    """

    order: Mapping[str, int]
    behind: Mapping[str, tuple[str, ...]]
    nbytes: Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class Tracker:
    """What has been measured, and where the search stands.

    Attributes:
        graph: The graph.
        look: Measures tensors, in one run of each model.
        budget: Bytes of tensors to look at in one run, of one model; one cut is always looked at.
        limit: Relative error over which a tensor counts as different.
        measures: What has been measured.
        hidden: Tensors that could not be had; the search looks through them.
        rounds: How often ``look`` was called.
        most_bytes: Largest number of bytes looked at in a round.
    """

    graph: Graph
    look: Look
    budget: int
    limit: float = LOOSEST
    measures: dict[str, Measure] = field(default_factory=dict[str, Measure])
    hidden: set[str] = field(default_factory=set[str])
    rounds: int = 0
    most_bytes: int = 0

    def clean(self, name: str) -> bool:
        """Whether the tensor is known to agree."""
        return name in self.measures and self.measures[name].max_rel <= self.limit

    def bad(self, name: str) -> bool:
        """Whether the tensor is known to differ."""
        return name in self.measures and self.measures[name].max_rel > self.limit

    def first(self, start: str, suspects: Iterable[str] = ()) -> str:
        """The tensor where the way back from ``start`` ends: it differs, and what it is computed from agrees.

        Args:
            start: A tensor that differs.
            suspects: Tensors to look at in the first round besides.
        """
        extra = [name for name in suspects if name not in self.measures]
        while True:
            start, region = self._back_from(start)
            if not region:
                return start
            self._measure(self._choose(region, start, extra))
            extra = []

    def foresee(self, start: str, limit: float) -> str | None:
        """What ``first`` would find with another limit, or None if it would have to look at tensors."""
        before, self.limit = self.limit, limit
        name, region = self._back_from(start)
        self.limit = before
        return None if region else name

    def _back_from(self, start: str) -> tuple[str, list[str]]:
        """The first tensor known to differ on the way back from ``start``, and what may matter before it."""
        while True:
            region = self._region(start)
            earlier = [name for name in region if self.bad(name)]
            if not earlier:
                return start, region
            start = min(earlier, key=self.graph.order.__getitem__)

    def _region(self, end: str) -> list[str]:
        """The tensors before ``end`` that may matter, in order: those not known to agree, nor cut off by such."""
        found: set[str] = set()
        pending = [*self.behind(end)]
        while pending:
            name = pending.pop()
            if name in found or self.clean(name):
                continue
            found.add(name)
            pending.extend(self.behind(name))
        return sorted(found, key=self.graph.order.__getitem__)

    def behind(self, name: str) -> tuple[str, ...]:
        """The nearest tensors that ``name`` is computed from and that can be had, in order."""
        if not self.hidden.intersection(self.graph.behind[name]):
            return self.graph.behind[name]
        found: dict[str, None] = {}
        pending = list(reversed(self.graph.behind[name]))
        while pending:
            item = pending.pop()
            if item in self.hidden:
                pending.extend(reversed(self.graph.behind[item]))
            else:
                found[item] = None
        return tuple(sorted(found, key=self.graph.order.__getitem__))

    def _choose(self, region: Sequence[str], end: str, extra: Sequence[str]) -> list[str]:
        """What to look at: the cut that halves the region, then further cuts while the budget lasts."""
        whole = sum(self.graph.nbytes.get(name, 0) for name in (*region, *extra))
        if whole <= self.budget:
            self.most_bytes = max(self.most_bytes, whole)
            return list(dict.fromkeys((*region, *extra)))
        chosen: dict[str, None] = {}
        used = 0
        cuts = (self._cut(region, end, place) for place in halvings(len(region)))
        groups = itertools.chain(itertools.islice(cuts, 1), ([name] for name in extra), cuts)
        for group in groups:
            new = [name for name in group if name not in chosen]
            size = sum(self.graph.nbytes.get(name, 0) for name in new)
            if chosen and used + size > self.budget:
                break
            chosen |= dict.fromkeys(new)
            used += size
        self.most_bytes = max(self.most_bytes, used)
        return list(chosen)

    def _cut(self, region: Sequence[str], end: str, place: int) -> list[str]:
        """The tensors up to ``place`` that anything behind it in the region is computed from."""
        before = set(region[: place + 1])
        behind = [end, *region[place + 1 :]]
        used = {name for later in behind for name in self.behind(later) if name in before}
        return sorted(used, key=self.graph.order.__getitem__)

    def _measure(self, names: Collection[str]) -> None:
        found = self.look(list(names))
        self.rounds += 1
        self.measures |= found
        self.hidden.update(name for name in names if name not in found)


def halvings(count: int) -> Iterable[int]:
    """0 to ``count - 1``: the middle first, then the middles of the halves, and so on."""
    pending = [(0, count)]
    for low, high in pending:
        if low >= high:
            continue
        middle = (low + high - 1) // 2
        yield middle
        pending += [(low, middle), (middle + 1, high)]
