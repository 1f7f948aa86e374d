"""Faults found and fixed one behind the other."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.treat import treat
from modelwright.quantize.settings import QuantizeSettings


def _scrambled(array: np.ndarray) -> np.ndarray:
    """The bytes in NHWC under a shape of NCHW."""
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).reshape(array.shape)


def test_layout_range_colours_and_copies_are_fixed_one_behind_the_other(model, prepared, samples) -> None:
    right = prepared("imagenet")
    wrong = _scrambled(prepared("bytes")[:, ::-1])
    found = treat(model("residual"), samples(np.concatenate([wrong, wrong[:8]])), QuantizeSettings())
    assert [item.code for item in found.fixed] == ["MW-Q104", "MW-Q107", "MW-Q103", "MW-Q105"]
    assert not found.left
    np.testing.assert_allclose(np.concatenate([batch["image"] for batch in found.feeds]), right, atol=1e-5)


@pytest.mark.parametrize("name", ["mobile", "plain", "silu"])
def test_clean_data_are_left_alone(name: str, model, prepared, wanted, samples) -> None:
    feeds, settings = samples(prepared(wanted[name])), QuantizeSettings()
    found = treat(model(name), feeds, settings)
    assert not found.fixed
    assert not found.left
    assert found.feeds is feeds
    assert found.settings == settings


def test_what_cannot_be_fixed_is_left(model, prepared, samples) -> None:
    noise = np.random.default_rng(0).random((32, 3, 32, 32), dtype=np.float32)
    found = treat(model("mobile"), samples(noise), QuantizeSettings())
    assert [item.code for item in found.left] == ["MW-Q101"]
    assert not found.fixed
