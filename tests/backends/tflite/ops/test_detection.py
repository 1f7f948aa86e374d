"""Non-maximum suppression against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node

RANDOM = np.random.default_rng(0)
CORNERS = RANDOM.uniform(0, 1, (2, 12, 2, 2)).astype(np.float32)
BOXES = np.concatenate([CORNERS.min(2), CORNERS.max(2)], -1)
SCORES = RANDOM.uniform(0, 1, (2, 3, 12)).astype(np.float32)


@pytest.mark.parametrize("computed", [True, False])
@pytest.mark.parametrize("center", [0, 1])
def test_images_and_classes(computed, center):
    limits = {"m": np.array([4]), "i": np.array([0.2], np.float32), "s": np.array([0.3], np.float32)}
    inputs, constants = {"b": BOXES, "c": SCORES}, {}
    (inputs if computed else constants).update(limits)
    check_node("NonMaxSuppression", inputs, constants=constants, center_point_box=center)


def test_boxes_that_touch_stay_without_a_threshold():
    boxes = np.array([[[0, 0, 1, 1], [0, 1, 1, 2], [0, 0.5, 1, 1.5]]], np.float32)
    scores = np.array([[[0.9, 0.8, 0.7]]], np.float32)
    check_node("NonMaxSuppression", {"b": boxes, "c": scores}, constants={"m": np.array(2**40)})


def test_boxes_of_the_same_score_come_in_their_order():
    scores = np.round(SCORES[:, :1] * 3) / 3
    check_node("NonMaxSuppression", {"b": BOXES, "c": scores}, constants={"m": np.array(12), "i": np.float32(0.3)})
