"""Axes of images and how alike neighbours are."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.image_axes import ImageAxes, image_axes, neighbours_alike, reinterpreted


@pytest.mark.parametrize(
    ("shape", "channel"),
    [
        ((1, 3, 32, 40), 1), ((2, 32, 40, 3), 3), ((1, 1, 28, 28), 1), ((1, 28, 28, 1), 3), ((1, 4, 8, 8), 1),
        ((1, 16, 32, 32), None), ((1, 3, 4, 32), None), ((1, 3, 32), None), ((3, 32, 32), None), ((1, 5), None),
    ],
)  # fmt: skip
def test_axes(shape: tuple[int, ...], channel: int | None) -> None:
    found = image_axes(shape)
    assert (found.channel if found else None) == channel


def test_smooth_pictures_are_alike_and_noise_is_not() -> None:
    rows, columns = np.mgrid[:40, :40].astype(np.float32)
    wide, high = neighbours_alike((rows + 2 * columns)[None])
    assert wide > 0.99
    assert high > 0.99
    noise = np.random.default_rng(0).random((3, 64, 64), dtype=np.float32)
    assert max(map(abs, neighbours_alike(noise))) < 0.05
    assert np.isnan(neighbours_alike(np.ones((2, 8, 8), np.float32))).all()


@pytest.mark.parametrize("channel", [1, 3])
def test_reading_the_other_layout_undoes_a_wrong_copy(channel: int) -> None:
    picture = np.random.default_rng(0).random((2, 3, 10, 12), dtype=np.float32)
    right = picture if channel == 1 else np.ascontiguousarray(picture.transpose(0, 2, 3, 1))
    other = picture.transpose(0, 2, 3, 1) if channel == 1 else picture
    stored = np.ascontiguousarray(other).reshape(right.shape)
    np.testing.assert_array_equal(reinterpreted(stored, ImageAxes(channel=channel, channels=3)), right)
