"""Random numbers instead of data."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.checks.random_noise import random_noise
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch


@pytest.mark.parametrize("kind", ["uniform", "normal", "bytes"])
@pytest.mark.parametrize("size", [8, 32])
def test_noise_in_place_of_pictures(network, model, codes, kind: str, size: int) -> None:
    rng = np.random.default_rng(size)
    shape = (24, 3, 32, 32)
    array = {
        "uniform": lambda: rng.random(shape),
        "normal": lambda: rng.standard_normal(shape),
        "bytes": lambda: rng.integers(0, 256, shape),
    }[kind]()
    assert codes(model(network), array.astype(np.float32)) == ["MW-Q101"]


def test_some_noise_among_pictures_is_a_warning(model, prepared, findings) -> None:
    array = prepared("unit").copy()
    array[::4] = np.random.default_rng(0).random(array[::4].shape)
    found = [item for item in findings(model("mobile"), array) if item.code == "MW-Q101"]
    assert [item.level.value for item in found] == ["warning"]
    assert "8 of 32" in found[0].message


def _said(array: np.ndarray, model) -> list[str]:
    batches = [{"x": array[at : at + 1]} for at in range(len(array))]
    return [item.message for item in random_noise(Evidence(model=model, data=watch(batches)))]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, shape: rng.random(shape, dtype=np.float32),
        lambda rng, shape: rng.standard_normal(shape, dtype=np.float32),
        lambda rng, shape: rng.integers(0, 30_000, shape),
    ],
)
def test_noise_in_other_inputs(model, draw) -> None:
    assert len(_said(draw(np.random.default_rng(0), (64, 128)), model("plain"))) == 1


def test_real_vectors_tokens_and_spectra_are_none(model) -> None:
    rng = np.random.default_rng(0)
    scales = rng.gamma(1.0, size=128)
    vectors = (rng.standard_normal((64, 128)) * scales).astype(np.float32)
    tokens = np.minimum(rng.zipf(1.3, (64, 128)), 30_000)
    waves = np.sin(np.linspace(0, 60, 128) * rng.uniform(0.5, 2, (64, 1))).astype(np.float32)
    for array in (vectors, tokens, waves, np.ones((64, 128), np.int64)):
        assert _said(array, model("plain")) == []


def test_textured_pictures_are_none(model) -> None:
    """Gravel, grass, text: fine structure, but neighbours still have something in common."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((24, 3, 34, 34))
    texture = noise[:, :, 1:-1, 1:-1] + 0.5 * (noise[:, :, 2:, 1:-1] + noise[:, :, 1:-1, 2:])
    assert _said(texture.astype(np.float32), model("plain")) == []
