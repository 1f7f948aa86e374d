import numpy as np
import pytest

from modelwright.quantize.observers.ranges import choose_range, shared_sketch
from modelwright.quantize.observers.sketch import sketch_of
from modelwright.quantize.settings import Method, Scheme

ASYMMETRIC = Scheme(dtype="uint8", symmetric=False)
RANDOM = np.random.default_rng(0)


def of(numbers):
    return sketch_of(numbers, float(numbers.min()), float(numbers.max()))


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("scheme", [ASYMMETRIC, Scheme(), Scheme(dtype="int16")])
@pytest.mark.parametrize("shift", [-30.0, 0.0, 30.0])
def test_every_range_holds_zero_and_lies_in_what_was_seen(method, scheme, shift):
    numbers = (RANDOM.standard_normal(4000) + shift).astype(np.float32)
    low, high = choose_range(of(numbers), scheme, method, max_percentile=0.999)
    assert min(float(numbers.min()), 0.0) <= low <= 0.0 <= high <= max(float(numbers.max()), 0.0)
    assert low < high


@pytest.mark.parametrize("method", Method)
def test_a_tensor_of_zeros_has_an_empty_range(method):
    assert choose_range(of(np.zeros(5, np.float32)), ASYMMETRIC, method, max_percentile=0.9) == (0.0, 0.0)


def test_the_default_keeps_an_even_distribution_whole():
    numbers = np.linspace(-1, 3, 10001, dtype=np.float32)
    assert choose_range(of(numbers), ASYMMETRIC, Method.DEFAULT, max_percentile=1.0) == (-1.0, 3.0)


def test_the_default_keeps_sixteen_bits_whole():
    numbers = np.append(RANDOM.standard_normal(10000), 1000).astype(np.float32)
    high = choose_range(of(numbers), Scheme(dtype="int16"), Method.DEFAULT, max_percentile=1.0)[1]
    assert high == 1000.0


def test_shared_sketches_count_everything():
    a, b = (RANDOM.standard_normal(100).astype(np.float32) * scale for scale in (1, 9))
    assert shared_sketch([of(a), of(b)]).counts.sum() == 200


@pytest.mark.parametrize(("method", "clips"), [(Method.DEFAULT, True), (Method.MSE, True), (Method.MINMAX, False)])
def test_a_function_counts_where_errors_are_weighed(method, clips):
    numbers = (RANDOM.standard_normal(20_000) * 4).astype(np.float32)
    low, _ = choose_range(of(numbers), ASYMMETRIC, method, max_percentile=1.0, function=lambda x: np.maximum(x, 0))
    assert (low > -1) == clips
