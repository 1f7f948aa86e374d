"""Tensors that their scale cuts off."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.checks.saturation import saturation
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.tensor_facts import TensorFacts
from modelwright.quantize.params import TensorParams


def _evidence(model, largest: float) -> Evidence:
    facts = TensorFacts(name="relu")
    facts.add(np.random.default_rng(0).gamma(1.0, size=20_000).astype(np.float32))
    params = TensorParams(scale=np.float32(largest / 255), zero_point=np.uint8(0), dtype="uint8")
    return Evidence(model=model, tensors={"relu": facts}, params={"relu": params, "weight": params})


def test_a_range_that_cuts_much_off(model) -> None:
    found = list(saturation(_evidence(model("plain"), 2.0)))
    assert found[0].where == ("relu",)
    assert found[0].fix is not None
    assert found[0].fix.methods[0][1].value == "minmax"


def test_a_range_that_cuts_the_tail_off_is_right(model) -> None:
    assert not list(saturation(_evidence(model("plain"), 8.0)))
    assert not list(saturation(_evidence(model("plain"), 20.0)))
