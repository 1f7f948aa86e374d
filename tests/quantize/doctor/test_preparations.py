"""Changes from one preparation to another."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from modelwright.quantize.doctor.image_axes import image_axes
from modelwright.quantize.doctor.preparations import PREPARATIONS, RELAY, SWAP, changed, changes_from, looks_like

KEYS = [item.key for item in PREPARATIONS]


def _by_hand(pixels: np.ndarray, key: str) -> np.ndarray:
    x = pixels.astype(np.float64)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return {
        "bytes": lambda: x,
        "unit": lambda: x / 255,
        "signed": lambda: x / 127.5 - 1,
        "imagenet": lambda: (x / 255 - mean) / deviation,
        "centred": lambda: x - np.array([123.68, 116.78, 103.94]),
    }[key]()


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(KEYS, 2)))
@pytest.mark.parametrize("channel", [1, 3])
def test_from_each_to_each(before: str, after: str, channel: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 9, 10, 3))
    one, other = _by_hand(pixels, before), _by_hand(pixels, after)
    if channel == 1:
        one, other = one.transpose(0, 3, 1, 2), other.transpose(0, 3, 1, 2)
    axes = image_axes(one.shape)
    assert axes is not None
    result = changed(one.astype(np.float32), f"{before}>{after}", axes)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, other, atol=2e-3 if after in ("bytes", "centred") else 2e-5)


def test_one_channel_takes_the_mean_of_the_three() -> None:
    grey = np.full((1, 1, 8, 8), 255.0, np.float32)
    result = changed(grey, "bytes>imagenet", image_axes(grey.shape))  # type: ignore[arg-type]
    assert result.flat[0] == pytest.approx(
        (255 - np.mean([123.675, 116.28, 103.53])) / np.mean([58.395, 57.12, 57.375])
    )


def test_swap_twice_changes_nothing_and_keeps_alpha() -> None:
    array = np.random.default_rng(0).random((1, 4, 8, 8), dtype=np.float32)
    axes = image_axes(array.shape)
    assert axes is not None
    once = changed(array, SWAP, axes)
    np.testing.assert_array_equal(once[:, [2, 1, 0, 3]], array)
    np.testing.assert_array_equal(changed(array, f"{SWAP}+{SWAP}", axes), array)


def test_relay_reads_the_other_layout() -> None:
    picture = np.random.default_rng(0).random((1, 9, 10, 3), dtype=np.float32)
    stored = picture.reshape(1, 3, 9, 10)
    axes = image_axes(stored.shape)
    assert axes is not None
    np.testing.assert_array_equal(changed(stored, RELAY, axes), picture.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("low", "high", "keys"),
    [
        (0, 255, ("bytes",)), (0, 1, ("unit",)), (-1, 1, ("signed", "imagenet")), (-2.1, 2.6, ("imagenet",)),
        (-124, 151, ("centred",)), (0, 65535, ()), (0, 6, ()), (-10, 10, ()),
    ],
)  # fmt: skip
def test_what_ranges_look_like(low: float, high: float, keys: tuple[str, ...]) -> None:
    assert looks_like(low, high) == keys
    assert all(len(changes_from(key)) == len(KEYS) - 1 for key in keys)


def test_settings_are_those_of_the_calibration_file() -> None:
    assert PREPARATIONS[3].settings() == "mean_value: [123.675, 116.28, 103.53], std_value: [58.395, 57.12, 57.375]"
