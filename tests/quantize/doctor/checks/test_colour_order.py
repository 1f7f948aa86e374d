"""Red and blue exchanged."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.checks.colour_order import _by_sureness


def test_batch_normalizations_tell(model, prepared, findings) -> None:
    found = findings(model("residual"), np.ascontiguousarray(prepared("imagenet")[:, ::-1]))
    assert [item.code for item in found] == ["MW-Q105"]
    assert found[0].fix is not None
    assert found[0].fix.preparation == "swap"


@pytest.mark.parametrize("exchanged", [True, False])
def test_a_reference_tells(model, prepared, codes, samples, exchanged: bool) -> None:
    right = prepared("unit")
    array = np.ascontiguousarray(right[:, ::-1]) if exchanged else right
    assert codes(model("mobile"), array, reference=samples(right[::-1])) == (["MW-Q105"] if exchanged else [])


def test_grey_pictures_say_nothing(network, model, prepared, wanted, codes) -> None:
    grey = np.repeat(prepared(wanted[network]).mean(1, keepdims=True), 3, axis=1)
    assert "MW-Q105" not in codes(model(network), grey)


def _said(before, after) -> str:
    return _by_sureness(before.tolist().__getitem__, after.tolist().__getitem__, len(before))


def test_sureness_must_be_clear_and_nearly_everywhere() -> None:
    unsure, sure = np.full(16, 0.5), np.full(16, 0.9)
    assert "surer of 16 of 16" in _said(unsure, sure)
    assert not _said(sure, unsure)
    assert not _said(unsure, unsure + 0.05)
    assert not _said(unsure[:8], sure)
    assert not _by_sureness(unsure.tolist().__getitem__, {0: 0.9}.get, 16), "no scores of classes"
    assert not _by_sureness({0: 0.9}.get, sure.tolist().__getitem__, 16), "no scores of classes"


def test_no_more_samples_than_needed_are_looked_at() -> None:
    unsure, mixed = np.full(16, 0.5), np.full(16, 0.9)
    mixed[2:6] = 0.4
    looked: list[int] = []

    def after(place: int) -> float:
        looked.append(place)
        return float(mixed[place])

    assert not _by_sureness(unsure.tolist().__getitem__, after, 16)
    assert looked == [0, 1, 2, 3]
