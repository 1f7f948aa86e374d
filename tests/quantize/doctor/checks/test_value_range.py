"""Wrong range of values."""

from __future__ import annotations

import numpy as np
import pytest

WAYS = ("bytes", "unit", "signed", "imagenet", "bgr")


@pytest.mark.parametrize("way", ["bytes", "unit", "signed", "bgr"])
def test_with_batch_normalization_every_other_range_is_told(model, prepared, findings, way: str) -> None:
    found = findings(model("residual"), prepared(way))
    assert [item.code for item in found] == ["MW-Q103"]
    assert "it wants normalized with ImageNet's mean and deviation" in found[0].message
    assert "mean_value: [123.675, 116.28, 103.53]" in found[0].remedy
    assert found[0].fix is not None
    assert found[0].fix.preparation.endswith(">imagenet")


@pytest.mark.parametrize(
    ("name", "way", "to"),
    [("mobile", "bytes", "unit"), ("silu", "bytes", "signed"), ("plain", "unit", None), ("plain", "signed", None)],
)
def test_without_it_large_differences_are_told(model, prepared, findings, name: str, way: str, to: str | None) -> None:
    found = findings(model(name), prepared(way))
    assert [item.code for item in found] == ["MW-Q103"]
    assert "it seems to want" in found[0].message
    assert found[0].fix is not None
    assert to is None or found[0].fix.preparation == f"{way}>{to}"


def test_the_right_range_is_never_called_wrong(network, model, prepared, wanted, codes) -> None:
    right = prepared(wanted[network])
    for contrast in (0.7, 1.0, 1.2):
        mean = right.mean((0, 2, 3), keepdims=True)
        assert "MW-Q103" not in codes(model(network), ((right - mean) * contrast + mean).astype(np.float32))


@pytest.mark.parametrize("way", WAYS)
def test_a_reference_tells_without_the_network(model, prepared, findings, samples, way: str) -> None:
    found = findings(model("mobile"), prepared(way), reference=samples(prepared("unit")))
    assert [item.code for item in found] == ([] if way == "unit" else ["MW-Q103"])
    if way == "bytes":
        assert found[0].fix is not None
        assert found[0].fix.preparation == "bytes>unit"
