"""Channels, height and width, told from a shape."""

import numpy as np
import pytest

from modelwright.quantize.data.layout import ImageLayout, image_layout, is_single_image


@pytest.mark.parametrize(
    ("item", "layout"),
    [
        ((3, 5, 7), ImageLayout(height=5, width=7, channels=3, axis=0)),
        ((5, 7, 3), ImageLayout(height=5, width=7, channels=3, axis=2)),
        ((1, 5, 7), ImageLayout(height=5, width=7, channels=1, axis=0)),
        ((4, 5, 7), ImageLayout(height=5, width=7, channels=4, axis=0)),
        ((5, 7), ImageLayout(height=5, width=7, channels=1, axis=None)),
        ((3, 5, 3), ImageLayout(height=5, width=3, channels=3, axis=0)),
        ((3, None, 7), None),
        ((5, 7, 8), None),
        ((5,), None),
        ((2, 3, 5, 7), None),
    ],
)
def test_layouts(item, layout):
    assert image_layout(item) == layout


@pytest.mark.parametrize("item", [(3, 5, 7), (5, 7, 3), (5, 7, 1), (5, 7)])
def test_pixels_are_placed_and_numbers_broadcast(item):
    layout = image_layout(item)
    pixels = np.arange(5 * 7 * layout.channels).reshape(5, 7, layout.channels)
    placed = layout.placed(pixels)
    assert placed.shape == layout.shape == item
    scaled = placed * layout.along(np.arange(1, layout.channels + 1))
    expected = pixels * np.arange(1, layout.channels + 1)
    np.testing.assert_array_equal(scaled, layout.placed(expected))


def test_one_image_without_a_batch():
    assert is_single_image((3, 5, 7))
    assert is_single_image((5, 7, 3))
    assert not is_single_image((None, 5, 7))
    assert not is_single_image((1, 3, 5, 7))
