import numpy as np

from modelwright.quantize.observers.entropy import entropy_range
from modelwright.quantize.observers.sketch import sketch_of
from modelwright.quantize.settings import Scheme

RANDOM = np.random.default_rng(0)
ASYMMETRIC = Scheme(dtype="uint8", symmetric=False)


def of(numbers):
    return sketch_of(numbers, float(numbers.min()), float(numbers.max()))


def test_outliers_are_left_out():
    numbers = np.append(RANDOM.standard_normal(100_000), [60.0]).astype(np.float32)
    low, high = entropy_range(of(numbers), ASYMMETRIC)
    assert 2.0 < high < 12.0
    assert low < 0.0


def test_spikes_at_the_bounds_are_kept():
    numbers = np.clip(RANDOM.standard_normal(100_000) * 6, 0, 6).astype(np.float32)
    assert entropy_range(of(numbers), ASYMMETRIC) == (0.0, 6.0)


def test_a_symmetric_scheme_moves_both_ends():
    low, high = entropy_range(of(RANDOM.laplace(size=60_000).astype(np.float32)), Scheme())
    assert low == -high
