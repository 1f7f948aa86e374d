"""Weights as float16 and as int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lite_checking import converted, floats, lite_run, node_model, onnx_run, operators

from modelwright.errors import UsageError

X = floats(2, 8, 6, 6)
CONV = node_model("Conv", {"x": X}, constants={"w": floats(16, 8, 3, 3, seed=1), "b": floats(16, seed=2)})


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("option", "error"), [("float16_weights", 2e-3), ("dynamic_range", 3e-2)])
def test_a_convolution(tmp_path: Path, option, error, plain):
    whole = converted(CONV, tmp_path).stat().st_size
    path = converted(CONV, tmp_path, **{option: True})
    assert path.stat().st_size < whole - 1.5 * 16 * 8 * 9
    found, expected = lite_run(path, {"x": X}, plain=plain)[0], onnx_run(CONV, {"x": X})[0]
    assert 0 < np.abs(found - expected).max() < error * np.abs(expected).max()
    assert ("DEQUANTIZE" in operators(path)) is (option == "float16_weights")


@pytest.mark.parametrize(("option", "error"), [("float16_weights", 2e-3), ("dynamic_range", 3e-2)])
def test_other_weights(tmp_path: Path, option, error):
    model = node_model("Gather", {"i": np.array([3, 1])}, constants={"x": floats(64, 32)}, order=["x", "i"])
    found = lite_run(converted(model, tmp_path, **{option: True}), {"i": np.array([3, 1])})[0]
    np.testing.assert_allclose(found, floats(64, 32)[[3, 1]], atol=2 * error)


def test_what_float16_cannot_hold_stays(tmp_path: Path):
    weights = floats(64, 32) * 1e6
    model = node_model("MatMul", {"x": floats(3, 64)}, constants={"w": weights})
    assert "DEQUANTIZE" not in operators(converted(model, tmp_path, float16_weights=True))


def test_both_at_once_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="exclude each other"):
        converted(CONV, tmp_path, float16_weights=True, dynamic_range=True)
