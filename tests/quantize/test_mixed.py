import numpy as np
import pytest

from modelwright.quantize.mixed import Verdict, evaluations_allowed, search
from modelwright.quantize.sensitivity import Sensitivity


def ranked_of(noises):
    return [Sensitivity(names=(f"t{place}",), noise=noise) for place, noise in enumerate(noises)]


def judge_of(noises, budget, calls):
    total = sum(noises)

    def judge(names):
        calls.append(names)
        left = total - sum(noises[int(name[1:])] for name in names)
        return Verdict(meets=left <= budget, text=f"{left:g}")

    return judge


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 200])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9, 1.0])
def test_the_fewest_with_few_evaluations(count, share):
    noises = sorted(np.random.default_rng(count).exponential(size=count) ** 2, reverse=True)
    budget = share * sum(noises) + 1e-9
    calls = []
    mixed = search(ranked_of(noises), judge_of(noises, budget, calls))
    fewest = next(size for size in range(count + 1) if sum(noises[size:]) <= budget)
    assert len(mixed.names) == fewest
    assert mixed.verdict.meets
    assert mixed.evaluations == len(calls) <= evaluations_allowed(count)
    assert len(set(calls)) == len(calls)


@pytest.mark.parametrize("candidates", [6, 7, 19, 24, 71, 200])
def test_at_most_twice_as_many_evaluations_as_halvings(candidates):
    assert evaluations_allowed(candidates) <= 2 * np.log2(candidates)


def test_good_enough_at_once():
    calls = []
    mixed = search(ranked_of([1.0, 1.0]), judge_of([1.0, 1.0], 5, calls))
    assert mixed.names == ()
    assert calls == [()]


def test_what_need_not_leave_stays():
    """A tensor that is costly alone, but not among the others, is taken back."""
    noises = [4.0, 3.0, 2.0, 1.0]

    def judge(names):
        return Verdict(meets={"t0", "t2"} <= set(names), text="")

    assert search(ranked_of(noises), judge).names == ("t0", "t2")


def test_not_reached():
    calls = []
    mixed = search(ranked_of([3.0, 2.0, 1.0]), judge_of([3.0, 2.0, 1.0], 0, calls), most=2)
    assert mixed.names == ("t0", "t1")
    assert not mixed.verdict.meets


def test_no_candidates():
    mixed = search([], judge_of([], -1, []))
    assert mixed.names == ()
    assert not mixed.verdict.meets
