"""Trigonometric functions against ONNX Runtime, near 0 relative to each element."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lite_checking import check_node, converted, floats, lite_run, node_model

INSIDE = floats(50, low=-0.99, high=0.99)
WIDE = floats(50, low=-4, high=4)
CASES = {
    "Tan": floats(50, low=-1.4, high=1.4),
    "Asin": INSIDE,
    "Acos": INSIDE,
    "Atan": 5 * WIDE,
    "Sinh": WIDE,
    "Cosh": WIDE,
    "Asinh": 10 * WIDE,
    "Acosh": floats(50, low=1.01, high=30),
    "Atanh": INSIDE,
    "Erf": WIDE,
}


@pytest.mark.parametrize("op_type", CASES)
def test_function(op_type):
    check_node(op_type, {"x": CASES[op_type]}, opset=22, rtol=2e-6)


@pytest.mark.parametrize("op_type", ["Tan", "Asin", "Atan", "Sinh", "Asinh", "Atanh", "Erf"])
def test_small_numbers_keep_their_digits(op_type, tmp_path):
    x = np.array([0.06, -0.03, 1e-3, -1e-5, 0], np.float32)
    path = converted(node_model(op_type, {"x": x}), tmp_path)
    expected = np.vectorize(getattr(math, op_type.lower()))(x.astype(np.float64))
    np.testing.assert_allclose(lite_run(path, {"x": x}, plain=True)[0], expected, rtol=3e-6)
