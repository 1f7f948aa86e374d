"""Data unlike those of training."""

from __future__ import annotations


def test_what_no_preparation_explains(model, prepared, findings) -> None:
    found = findings(model("residual"), prepared("imagenet") * 1000)
    assert [item.code for item in found] == ["MW-Q109"]
    assert "--reference" in found[0].remedy


def test_the_nearest_preparation_is_named(model, prepared, findings) -> None:
    found = findings(model("residual"), prepared("unit") / 100)
    assert [item.code for item in found if item.code != "MW-Q203"] == ["MW-Q109"]
    assert "would come nearest" in found[0].evidence[-1]


def test_networks_without_normalization_say_nothing(model, prepared, codes) -> None:
    assert "MW-Q109" not in codes(model("silu"), prepared("signed") * 1000)
