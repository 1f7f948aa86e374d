"""Gears against every choice there is, on small data."""

import itertools
import math
import random
from collections import Counter

import pytest

from modelwright.errors import UsageError
from modelwright.gears.choose import choose_batches, choose_gears


def best(sizes, candidates, most):
    def area(gear, size):
        held = all(have >= need for have, need in zip(gear, size, strict=True))
        return math.prod(gear) if held else math.inf

    def computed(gears):
        return sum(times * min(area(gear, size) for gear in gears) for size, times in sizes.items())

    return min(computed(gears) for count in range(1, most + 1) for gears in itertools.combinations(candidates, count))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_one_open_size_is_exact(seed, most):
    draw = random.Random(seed)
    sizes = Counter((draw.randint(1, 12),) for _ in range(25))
    found = choose_gears(sizes, most)
    assert found.computed == best(sizes, sorted(sizes), most)
    assert len(found.gears) <= most
    assert sum(found.uses) == 25
    assert list(found.gears) == sorted(found.gears)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_two_open_sizes_come_near_the_best(most):
    ratios = []
    for seed in range(12):
        draw = random.Random(seed)
        sizes = Counter((draw.randint(1, 5), draw.randint(1, 5)) for _ in range(10))
        grid = itertools.product(sorted({h for h, _ in sizes}), sorted({w for _, w in sizes}))
        found = choose_gears(sizes, most)
        assert all(any(g[0] >= h and g[1] >= w for g in found.gears) for h, w in sizes)
        ratios.append(found.computed / best(sizes, list(grid), most))
    assert max(ratios) < 1.15
    assert sum(ratios) / len(ratios) < 1.03


def test_more_gears_than_sizes_pad_nothing():
    sizes = Counter({(32, 64): 3, (64, 32): 1})
    found = choose_gears(sizes, 10)
    assert (found.gears, found.uses) == (((32, 64), (64, 32)), (3, 1))
    assert found.computed == 4 * 32 * 64


def test_many_sizes_are_chosen_in_bounded_time():
    draw = random.Random(5)
    sizes = Counter((32 * draw.randint(1, 40), 32 * draw.randint(1, 60)) for _ in range(6000))
    assert len(sizes) > 1500
    assert len(choose_gears(sizes, 8).gears) == 8


@pytest.mark.parametrize("seed", range(8))
def test_batches_are_exact(seed):
    draw = random.Random(seed)
    counts = Counter((draw.randint(1, 20),) for _ in range(30))
    found = choose_batches(counts, 3, 8)

    def computed(gears):
        top = max(gears)
        return sum(
            times * (count // top * top + min((g for g in gears if g >= count % top), default=0) * bool(count % top))
            for (count,), times in counts.items()
        )

    tried = [computed((*few, 8)) for size in range(3) for few in itertools.combinations(range(1, 8), size)]
    assert found.computed == min(tried)
    assert found.gears[-1] == (8,)


def test_numbers_that_cannot_be():
    with pytest.raises(UsageError, match="--most is 0"):
        choose_gears(Counter({(1,): 1}), 0)
    with pytest.raises(UsageError, match="--largest_batch is 0"):
        choose_batches(Counter({(1,): 1}), 2, 0)
