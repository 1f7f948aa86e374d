"""Samples without any content."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.checks.constant_data import constant_data
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch


def test_all_constant_is_an_error_without_fix(model, findings) -> None:
    found = findings(model("plain"), np.full((10, 3, 32, 32), 7, np.float32))
    assert [(item.code, item.level.value, item.fix) for item in found] == [("MW-Q102", "error", None)]
    assert found[0].evidence == ("all values are 7",)


def test_some_constant_is_a_warning_with_a_fix(model, prepared, findings) -> None:
    array = prepared("unit").copy()
    array[3:7] = 0
    found = [item for item in findings(model("mobile"), array) if item.code == "MW-Q102"]
    assert "4 of 32" in found[0].message
    assert found[0].fix is not None
    assert found[0].fix.varied


def test_masks_and_small_inputs_may_be_constant(model) -> None:
    batch = {
        "mask": np.ones((1, 128), np.int64),
        "scale": np.ones((1, 2), np.float32),
        "image": np.random.default_rng(0).random((1, 3, 16, 16), dtype=np.float32),
    }
    assert not list(constant_data(Evidence(model=model("plain"), data=watch([batch] * 5))))
