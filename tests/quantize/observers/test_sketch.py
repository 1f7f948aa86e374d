import numpy as np
import pytest

from modelwright.quantize.observers.sketch import BINS, Sketch, merged, sketch_of

RANDOM = np.random.default_rng(0)


def of(numbers):
    return sketch_of(numbers, float(numbers.min()), float(numbers.max()))


def same(a: Sketch, b: Sketch) -> bool:
    return (a.low, a.high, a.exponent, a.first) == (b.low, b.high, b.exponent, b.first) and np.array_equal(
        a.counts, b.counts
    )


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 37.0, 1e30])
@pytest.mark.parametrize("shift", [-3.0, 0.0, 0.5])
def test_counts_are_those_of_numpy_over_the_same_edges(scale, shift):
    numbers = ((RANDOM.standard_normal(5000) + shift) * scale).astype(np.float32)
    sketch = of(numbers)
    edges = (np.arange(len(sketch.counts) + 1) + sketch.first) * sketch.width
    assert np.array_equal(sketch.counts, np.histogram(numbers.astype(np.float64), edges)[0])
    assert BINS // 2 <= len(sketch.counts) <= BINS


def test_halves_put_together_are_the_whole_in_any_order():
    parts = [(RANDOM.standard_normal(1000) * 2.0**power).astype(np.float32) for power in (-20, 3, 0, 9, -2)]
    parts += [np.abs(parts[0]), -np.abs(parts[3]), np.zeros(7, np.float32)]
    whole = of(np.concatenate(parts))
    for order in (range(len(parts)), reversed(range(len(parts))), RANDOM.permutation(len(parts))):
        sketch = None
        for place in order:
            sketch = of(parts[place]) if sketch is None else merged(sketch, of(parts[place]))
        assert sketch is not None
        assert same(sketch, whole)
    left, right = (of(np.concatenate(half)) for half in (parts[:3], parts[3:]))
    assert same(merged(left, right), whole)
    assert same(merged(right, left), whole)


def test_a_constant_zero_has_one_bin():
    sketch = of(np.zeros(9, np.float32))
    assert sketch.counts.tolist() == [9]
    assert same(merged(sketch, of(np.full(3, 2.0, np.float32))), of(np.array([0] * 9 + [2] * 3, np.float32)))


def test_numbers_on_edges_fall_into_the_bin_above():
    sketch = of(np.array([-1.0, 0.0, 1.0], np.float32))
    assert sketch.counts[0] == 1
    assert sketch.counts[-sketch.first] == 1
    assert sketch.counts[-1] == 1


def test_centers_lie_within_what_was_seen():
    sketch = of(np.array([0.0, 1.0, 6.0], np.float32))
    assert sketch.centers[-1] == 6.0
    assert np.all(np.diff(sketch.centers) > 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(bad):
    numbers = np.array([1.0, bad, 2.0], np.float32)
    with pytest.raises(ValueError, match="finite"):
        sketch_of(numbers, 1.0, 2.0)
    with pytest.raises(ValueError, match="finite"):
        of(numbers)


def test_denormal_ranges_are_counted():
    sketch = of(np.array([1e-42, 0.0], np.float32))
    assert sketch.counts.sum() == 2
