"""Weights of resizing."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.frontends.tensorflow.ops.resize_weights import area_weights, cubic_is_tabular, cubic_weights


@pytest.mark.parametrize("mode", ["asymmetric", "align_corners", "half_pixel"])
def test_weights_of_a_pixel_add_up_to_one(mode: str) -> None:
    np.testing.assert_allclose(cubic_weights(5, 12, mode).sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(area_weights(12, 5, align_corners=False).sum(axis=1), 1, atol=1e-6)


def test_the_same_size_changes_nothing() -> None:
    np.testing.assert_array_equal(cubic_weights(6, 6, "half_pixel"), np.eye(6, dtype=np.float32))
    np.testing.assert_array_equal(area_weights(6, 6, align_corners=True), np.eye(6, dtype=np.float32))


def test_halves_are_in_the_table_and_thirds_are_not() -> None:
    assert cubic_is_tabular(4, 8, "asymmetric")
    assert not cubic_is_tabular(4, 12, "asymmetric")
