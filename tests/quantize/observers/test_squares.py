import numpy as np
import pytest

from modelwright.quantize.observers.sketch import sketch_of
from modelwright.quantize.observers.squares import least_squares_range
from modelwright.quantize.settings import Scheme

RANDOM = np.random.default_rng(0)
ASYMMETRIC = Scheme(dtype="uint8", symmetric=False)


def of(numbers):
    return sketch_of(numbers, float(numbers.min()), float(numbers.max()))


def error(numbers, low, high, levels=256):
    step = (high - low) / (levels - 1)
    return float(np.mean((np.clip(np.round(numbers / step) * step, low, high) - numbers) ** 2))


@pytest.mark.parametrize("kind", ["normal", "laplace", "student"])
def test_it_is_near_the_best_of_ranges_that_were_tried_on_the_numbers(kind):
    draw = {
        "normal": RANDOM.standard_normal,
        "laplace": RANDOM.laplace,
        "student": lambda size: RANDOM.standard_t(3, size),
    }
    numbers = draw[kind](size=60_000).astype(np.float32)
    low, high = least_squares_range(of(numbers), ASYMMETRIC)
    tried = [
        error(numbers, numbers.min() * a, numbers.max() * b)
        for a in np.linspace(0.05, 1, 40)
        for b in np.linspace(0.05, 1, 40)
    ]
    assert error(numbers, low, high) < 1.03 * min(tried)


def test_a_symmetric_scheme_moves_both_ends():
    numbers = RANDOM.laplace(size=60_000).astype(np.float32)
    low, high = least_squares_range(of(numbers), Scheme())
    assert low == -high


def test_zeros_do_not_count_as_rounded():
    numbers = np.maximum(RANDOM.standard_normal(60_000), 0).astype(np.float32)
    more = np.append(numbers, np.zeros(10**6, np.float32))
    assert least_squares_range(of(more), ASYMMETRIC) == least_squares_range(of(numbers), ASYMMETRIC, pays=1.0)


def test_a_spike_at_the_bound_is_kept():
    numbers = np.clip(RANDOM.standard_normal(60_000) * 6, 0, 6).astype(np.float32)
    assert least_squares_range(of(numbers), ASYMMETRIC, pays=1.0)[1] == 6.0


def silu(numbers):
    return numbers / (1 + np.exp(-numbers))


@pytest.mark.parametrize("scheme", [ASYMMETRIC, Scheme()])
def test_what_a_function_flattens_is_clipped(scheme):
    numbers = (RANDOM.standard_normal(60_000) * 3 - 1).astype(np.float32)
    plain = least_squares_range(of(numbers), scheme, pays=1.0)
    bent = least_squares_range(of(numbers), scheme, pays=1.0, function=silu)

    def behind(low, high):
        step = (high - low) / 255
        return float(np.mean((silu(np.clip(np.round(numbers / step) * step, low, high)) - silu(numbers)) ** 2))

    assert bent[0] > plain[0]
    if scheme is ASYMMETRIC:
        tried = [behind(-a, numbers.max() * b) for a in np.linspace(1, 12, 40) for b in np.linspace(0.5, 1, 10)]
        assert behind(*bent) < 1.3 * min(tried)
        assert behind(*bent) < 0.8 * behind(*plain)


def test_behind_a_function_clipping_counts_more():
    numbers = RANDOM.laplace(size=60_000).astype(np.float32)
    plain = least_squares_range(of(numbers), ASYMMETRIC, pays=1.0)
    same = least_squares_range(of(numbers), ASYMMETRIC, pays=1.0, function=lambda x: x)
    assert 1.3 * plain[0] < same[0] < plain[0]
    assert plain[1] < same[1] < 1.3 * plain[1]
