"""What one pass over the data leaves."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.input_facts import InputWatch, fingerprint, samples_of


def test_counts_and_bounds() -> None:
    watch = InputWatch()
    rng = np.random.default_rng(0)
    arrays = [rng.random((1, 3, 16, 16), dtype=np.float32) for _ in range(5)]
    constant, broken = np.full((1, 3, 16, 16), 0.5, np.float32), arrays[0].copy()
    broken[0, 0, 0, 0] = np.nan
    for array in (*arrays, arrays[0], constant, broken):
        watch.add({"x": array})
    facts = watch.facts["x"]
    assert (watch.samples, watch.repeats, facts.constant, facts.not_finite) == (8, 1, 1, 1)
    finite = np.concatenate([*arrays, arrays[0], constant])
    assert (facts.low, facts.high) == (finite.min(), finite.max())
    np.testing.assert_allclose(facts.channel_means, finite.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(facts.channel_deviations, finite.std((0, 2, 3)), rtol=1e-5)
    assert facts.is_float
    assert not facts.whole
    assert facts.size == 768


def test_memory_does_not_grow_with_the_number_of_samples() -> None:
    watch = InputWatch()
    rng = np.random.default_rng(0)
    for _ in range(300):
        watch.add({"x": rng.random((1, 3, 16, 16), dtype=np.float32)})
    facts = watch.facts["x"]
    assert len(facts.kept) == 16
    assert len(facts.alike) == 48
    assert facts.values().size < 40_000


def test_a_batch_is_cut_where_all_inputs_share_its_axis() -> None:
    pair = {"a": np.zeros((3, 4)), "b": np.zeros((3, 2))}
    assert [item["a"].shape for item in samples_of(pair)] == [(1, 4)] * 3
    assert len(samples_of({"a": np.zeros((3, 4)), "b": np.zeros((2, 2))})) == 1
    assert len(samples_of({"a": np.zeros(())})) == 1


def test_fingerprints_tell_inputs_and_values_apart() -> None:
    a, b = np.zeros(4), np.ones(4)
    marks = {fingerprint(item) for item in ({"x": a, "y": b}, {"x": b, "y": a}, {"x": a, "y": a})}
    assert len(marks) == 3
    assert fingerprint({"y": b, "x": a}) in marks


def test_text_inputs_are_counted() -> None:
    watch = InputWatch()
    watch.add({"t": np.array(["a", "b"], dtype=object)})
    watch.add({"t": np.array(["a", "b"], dtype=object)})
    assert watch.samples == 4
    assert watch.repeats == 2
