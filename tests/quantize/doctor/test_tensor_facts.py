"""What is known of tensors inside the network."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.tensor_facts import TensorFacts, facts_of_sketch
from modelwright.quantize.observers.sketch import sketch_of


def test_magnitudes_are_right_to_a_twelfth() -> None:
    rng = np.random.default_rng(0)
    facts = TensorFacts(name="t")
    values = rng.standard_normal((20, 4, 30, 30)).astype(np.float32)
    for sample in values:
        facts.add(sample[None])
    for share in (0.5, 0.9, 0.999):
        assert facts.magnitude(share) == pytest.approx(np.quantile(np.abs(values), share), rel=0.12)
    assert (facts.low, facts.high) == (values.min(), values.max())


def test_zeros_count_as_values() -> None:
    facts = TensorFacts(name="t")
    facts.add(np.concatenate([np.zeros(999), [5.0]]).astype(np.float32))
    assert facts.magnitude(0.5) == 0.0
    assert facts.magnitude(0.9999) == pytest.approx(5.0, rel=0.12)


def test_growth_falls_with_the_number_of_samples() -> None:
    rng = np.random.default_rng(0)
    growths = []
    for count in (4, 256):
        facts = TensorFacts(name="t")
        for _ in range(count):
            facts.add(rng.standard_exponential((1, 8)).astype(np.float32))
        growths.append(facts.growth())
    assert growths[0] > 0.05
    assert growths[1] < growths[0]
    assert TensorFacts(name="t").growth() == 0.0


def test_channels_that_never_change() -> None:
    facts = TensorFacts(name="t")
    rng = np.random.default_rng(0)
    for _ in range(3):
        array = rng.random((1, 6, 5, 5), dtype=np.float32)
        array[:, 2], array[:, 4] = 0.0, 1.5
        facts.add(array)
    assert facts.constant_channels() == 2


def test_energy_lost_beyond_bounds() -> None:
    facts = TensorFacts(name="t")
    facts.add(np.concatenate([np.ones(1000), np.full(10, 100.0)]).astype(np.float32))
    assert facts.lost_beyond(-100, 100) == pytest.approx(0, abs=1e-3)
    assert facts.lost_beyond(0, 10) == pytest.approx(10 * 90**2 / (1000 + 10 * 100**2), rel=0.1)


def test_a_sketch_tells_the_same() -> None:
    values = np.random.default_rng(0).gamma(1.0, size=20_000).astype(np.float32)
    facts = facts_of_sketch("t", sketch_of(values, float(values.min()), float(values.max())))
    assert facts.magnitude(0.999) == pytest.approx(np.quantile(values, 0.999), rel=0.12)
    assert facts.largest == values.max()
    assert facts.constant_channels() == 0
    assert facts.growth() == 0.0


def test_the_sketch_of_nothing_but_zeros() -> None:
    facts = facts_of_sketch("t", sketch_of(np.zeros(50, np.float32), 0.0, 0.0))
    assert (facts.zeros, facts.magnitudes.sum()) == (50, 0)


def test_infinite_values_do_not_enter_the_magnitudes() -> None:
    facts = TensorFacts(name="t")
    facts.add(np.array([1.0, np.inf, 2.0], np.float32))
    assert facts.magnitudes.sum() == 2
