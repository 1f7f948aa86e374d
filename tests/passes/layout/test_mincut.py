from __future__ import annotations

import itertools
import random

import pytest

from modelwright.passes.layout.mincut import INFINITE, CutGraph


def cost(edges, side):
    return sum(capacity for start, end, capacity in edges if start not in side and end in side)


@pytest.mark.parametrize("seed", range(20))
def test_is_as_cheap_as_the_best_of_all_cuts(seed):
    rng = random.Random(seed)
    graph, nodes = CutGraph(), [0, 1]
    nodes += [graph.node() for _ in range(6)]
    edges = [(*rng.sample(nodes, 2), rng.choice([0, 1, 3, 10])) for _ in range(18)]
    edges = [(start, end, capacity) for start, end, capacity in edges if start != 1 and end != 0]
    for edge in edges:
        graph.edge(*edge)
    side = graph.sink_side()
    inner = nodes[2:]
    subsets = itertools.chain.from_iterable(itertools.combinations(inner, n) for n in range(len(inner) + 1))
    costs = {frozenset({1, *subset}): cost(edges, {1, *subset}) for subset in subsets}
    best = min(costs.values())
    assert cost(edges, side) == best
    assert len(side) == min(len(other) for other, price in costs.items() if price == best)


def test_infinite_edges_are_not_cut():
    graph = CutGraph()
    node = graph.node()
    graph.edge(graph.SOURCE, node, 5)
    graph.edge(node, graph.SINK, INFINITE)
    assert node in graph.sink_side()
