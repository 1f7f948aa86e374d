"""Padding against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats

X = floats(2, 3, 4)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge", "wrap"])
def test_modes(mode):
    check_node("Pad", {"x": X}, constants={"p": np.array([0, 1, 2, 0, 2, 1])}, mode=mode)


def test_value_axes_and_cropping():
    constants = {"p": np.array([1, -1, 2, 1]), "v": np.float32(3), "a": np.array([2, 0])}
    check_node("Pad", {"x": X}, constants=constants)


def test_amounts_that_are_computed():
    check_node("Pad", {"x": X, "p": np.array([0, 1, 2, 0, 2, 1])})
