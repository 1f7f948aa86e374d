"""Operators that older ones express are taken apart."""

from __future__ import annotations

import numpy as np
from lite_checking import check_node, floats


def test_grid_sample():
    grid = floats(2, 3, 4, 2, seed=1, low=-1.2, high=1.2)
    check_node("GridSample", {"x": floats(2, 3, 5, 6), "g": grid}, opset=20, mode="linear", rtol=1e-4)


def test_columns_to_an_image():
    x = floats(1, 12, 4)
    check_node("Col2Im", {"x": x}, constants={"i": np.array([3, 3]), "b": np.array([2, 2])}, rtol=1e-5)
