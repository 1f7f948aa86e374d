"""Operator versions, as TensorFlow's converter writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lite_checking import converted, floats, node_model

from modelwright.frontends.tflite.reader import read_tflite

X = floats(1, 8, 6, 6)
CONV = node_model("Conv", {"x": X}, constants={"w": floats(32, 8, 3, 3)})
CASES = {
    "plain": (CONV, {}, ("CONV_2D", 1)),
    "small weights": (CONV, {"dynamic_range": True}, ("CONV_2D", 5)),
    "half": (CONV, {"float16_weights": True}, ("DEQUANTIZE", 3)),
    "grouped": (node_model("Conv", {"x": X}, constants={"w": floats(4, 4, 3, 3)}, group=2), {}, ("CONV_2D", 6)),
    "dense": (node_model("MatMul", {"x": floats(2, 3, 4)}, constants={"w": floats(4, 5)}), {}, ("FULLY_CONNECTED", 5)),
    "spread": (node_model("Expand", {"x": floats(1, 3)}, constants={"s": np.array([2, 3])}), {}, ("BROADCAST_TO", 2)),
    "transposed": (
        node_model("ConvTranspose", {"x": X}, constants={"w": floats(8, 4, 3, 3)}),
        {},
        ("TRANSPOSE_CONV", 3),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_versions(tmp_path: Path, name):
    model, options, expected = CASES[name]
    found = read_tflite(converted(model, tmp_path, **options)).subgraphs[0].operators
    assert expected in [(item.name, item.version) for item in found]
