"""Tensors of which a few values are far larger than all others."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.checks.outliers import outliers
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.tensor_facts import TensorFacts
from modelwright.quantize.params import TensorParams


def _evidence(model, peak: float, **more: object) -> Evidence:
    values = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)
    values[7] = peak
    facts = TensorFacts(name="hidden")
    facts.add(values)
    return Evidence(model=model, tensors={"hidden": facts}, **more)  # type: ignore[arg-type]


def test_a_peak_that_takes_most_levels(model) -> None:
    found = list(outliers(_evidence(model("plain"), 300.0)))
    assert found[0].where == ("hidden",)
    assert found[0].level.value == "notice"
    assert not list(outliers(_evidence(model("plain"), 12.0)))


def test_a_range_that_leaves_the_peak_out_is_right(model) -> None:
    params = TensorParams(scale=np.float32(10 / 255), zero_point=np.uint8(128), dtype="uint8")
    assert not list(outliers(_evidence(model("plain"), 300.0, params={"hidden": params})))
