import math

import numpy as np
import pytest

from modelwright.verify.locate.findings import Measure
from modelwright.verify.locate.search import Graph, Tracker, halvings


def _measure(error):
    return Measure(
        max_abs=error, max_rel=error, unequal=int(error > 0), size=1, cosine=None, shape_source=(1,), shape_model=(1,)
    )


def _tracker(behind, errors, *, budget=0, nbytes=1, unknown=()):
    order = {name: place for place, name in enumerate(behind)}
    graph = Graph(order=order, behind=behind, nbytes=dict.fromkeys(behind, nbytes))
    looks = []

    def look(names):
        looks.append(list(names))
        return {name: _measure(errors[name]) for name in names if name not in unknown}

    return Tracker(graph=graph, look=look, budget=budget), looks


def _chain(count):
    names = [f"t{place}" for place in range(count)]
    return {name: tuple(names[max(place - 1, 0) : place]) for place, name in enumerate(names)}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 31, 32, 33, 1000])
def test_a_chain_is_bisected(count):
    for fault in sorted({0, 1, count // 3, count // 2, count - 1} & set(range(count))):
        errors = {f"t{place}": 0.1 * (place >= fault) for place in range(count)}
        tracker, looks = _tracker(_chain(count), errors)
        tracker.measures[f"t{count - 1}"] = _measure(0.1)
        assert tracker.first(f"t{count - 1}") == f"t{fault}"
        assert len(looks) == tracker.rounds <= math.ceil(math.log2(count)) + 1
        assert all(len(names) == 1 for names in looks)


def test_what_memory_allows_is_looked_at_in_one_run():
    errors = {f"t{place}": 0.1 * (place >= 700) for place in range(1000)}
    tracker, looks = _tracker(_chain(1000), errors, budget=1000)
    tracker.measures["t999"] = _measure(0.1)
    assert tracker.first("t999") == "t700"
    assert (len(looks), tracker.most_bytes) == (1, 999)
    tracker, looks = _tracker(_chain(1000), errors, budget=40)
    tracker.measures["t999"] = _measure(0.1)
    assert tracker.first("t999") == "t700"
    assert (len(looks), max(len(names) for names in looks)) == (2, 40)
    assert tracker.most_bytes == 40


def test_an_error_that_vanished_again_does_not_count():
    errors = {f"t{place}": 0.1 * (3 <= place < 20 or place >= 60) for place in range(100)}
    for budget in (0, 1000):
        tracker, _ = _tracker(_chain(100), errors, budget=budget)
        tracker.measures["t99"] = _measure(0.1)
        found = tracker.first("t99")
        assert found in (("t60",) if budget else ("t3", "t60"))
        place = int(found[1:])
        assert errors[found] > 0
        assert errors[f"t{place - 1}"] == 0


def _random_graph(rng, count):
    behind = {}
    for place in range(count):
        number = min(place, int(rng.integers(1, 4)))
        chosen = sorted({int(place - 1 - rng.integers(0, min(place, 12))) for _ in range(number)})
        behind[f"t{place}"] = tuple(f"t{item}" for item in chosen)
    return behind


@pytest.mark.parametrize("seed", range(40))
def test_branches_noise_and_errors_that_are_masked_on_some_paths(seed):
    """One node is wrong; its error runs on through every path but some that swallow it; rounding grows besides."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(5, 200))
    behind = _random_graph(rng, count)
    fault = int(rng.integers(0, count))
    errors = {}
    for place, (name, inputs) in enumerate(behind.items()):
        incoming = max((errors[item] for item in inputs), default=0.0)
        swallowed = incoming > 1e-3 and rng.random() < 0.1
        errors[name] = 0.1 if place == fault else 1e-8 if swallowed else incoming * 1.01 + 1e-8
    ends = [name for name in behind if errors[name] > 1e-3]
    end = ends[int(rng.integers(0, len(ends)))]
    for budget in (0, 20, 10_000):
        tracker, looks = _tracker(behind, errors, budget=budget)
        tracker.measures[end] = _measure(errors[end])
        assert tracker.first(end) == f"t{fault}"
        assert len(looks) <= math.ceil(math.log2(count)) + 1


def test_tensors_that_cannot_be_had_are_looked_through():
    errors = {f"t{place}": 0.1 * (place >= 5) for place in range(10)}
    tracker, _ = _tracker(_chain(10), errors, unknown={"t3", "t4", "t6"}, budget=100)
    tracker.measures["t9"] = _measure(0.1)
    assert tracker.first("t9") == "t5"
    assert tracker.behind("t5") == ("t2",)


def test_suspects_are_looked_at_first():
    errors = {f"t{place}": 0.1 * (place >= 700) for place in range(1000)}
    tracker, looks = _tracker(_chain(1000), errors, budget=10)
    tracker.measures["t999"] = _measure(0.1)
    assert tracker.first("t999", ["t700", "t699"]) == "t700"
    assert len(looks) == 1


def test_halvings_go_from_the_middle_outwards():
    assert sorted(halvings(10)) == list(range(10))
    assert next(iter(halvings(9))) == 4
    assert list(halvings(0)) == []
