"""Too few samples."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.checks.too_few import too_few
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch
from modelwright.quantize.doctor.tensor_facts import TensorFacts


def _evidence(model, draws: np.ndarray) -> Evidence:
    """Evidence of as many samples as draws, in which tensors have these values."""
    tensors = {f"t{place}": TensorFacts(name=f"t{place}") for place in range(4)}
    for draw in draws:
        for place, facts in enumerate(tensors.values()):
            facts.add(np.asarray(draw * (place + 1), np.float32))
    data = watch([{"x": np.full((1, 3), at, np.float32)} for at in range(len(draws))])
    return Evidence(model=model, data=data, tensors=tensors)


def test_ranges_that_still_grow(model) -> None:
    heavy = np.random.default_rng(0).standard_cauchy((24, 20))
    found = list(too_few(_evidence(model("plain"), heavy)))
    assert "24 distinct samples" in found[0].evidence
    assert "of the range that all show" in found[0].evidence[1]
    assert found[0].remedy.startswith("give 96 samples")


def test_ranges_that_have_settled(model) -> None:
    bounded = np.random.default_rng(0).random((24, 200))
    assert not list(too_few(_evidence(model("plain"), bounded)))
    assert list(too_few(_evidence(model("plain"), bounded[:7])))
