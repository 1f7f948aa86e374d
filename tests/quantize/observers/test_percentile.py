import numpy as np

from modelwright.quantize.observers.percentile import percentile_range
from modelwright.quantize.observers.sketch import sketch_of

NUMBERS = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
SKETCH = sketch_of(NUMBERS, float(NUMBERS.min()), float(NUMBERS.max()))


def test_it_is_numpys_quantile_to_a_bin():
    low, high = percentile_range(SKETCH, 0.99)
    assert abs(low - np.quantile(NUMBERS, 0.01)) < SKETCH.width
    assert abs(high - np.quantile(NUMBERS, 0.99)) < SKETCH.width


def test_all_is_the_exact_range():
    assert percentile_range(SKETCH, 1.0) == (float(NUMBERS.min()), float(NUMBERS.max()))
