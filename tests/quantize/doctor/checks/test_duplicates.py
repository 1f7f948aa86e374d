"""Repeated samples."""

from __future__ import annotations

import numpy as np


def test_copies_are_counted(network, model, prepared, wanted, findings) -> None:
    array = prepared(wanted[network])
    found = findings(model(network), np.concatenate([array[:16], array[:10]]))
    assert [item.code for item in found] == ["MW-Q107"]
    assert found[0].message == "10 of 26 calibration samples are repeated"
    assert found[0].fix is not None
    assert found[0].fix.distinct


def test_a_copy_or_two_is_nothing(model, prepared, codes) -> None:
    array = prepared("unit")
    assert codes(model("mobile"), np.concatenate([array, array[:2]])) == []


def test_one_sample_again_and_again_has_no_fix(model, prepared, findings) -> None:
    found = findings(model("mobile"), np.repeat(prepared("unit", 1), 20, axis=0))
    assert {item.code: item.fix for item in found} == {"MW-Q106": None, "MW-Q107": None}
