"""Transposed convolutions against ONNX Runtime."""

from __future__ import annotations

import pytest
from lite_checking import check_node, floats

CASES = {
    "plain": ((2, 3, 4, 5), (3, 2, 3, 3), {}),
    "strides": ((1, 3, 4, 5), (3, 2, 3, 2), {"strides": [2, 3]}),
    "pads": ((1, 3, 4, 5), (3, 2, 3, 3), {"strides": [2, 2], "pads": [1, 0, 0, 1]}),
    "output padding": (
        (1, 3, 4, 5),
        (3, 2, 3, 3),
        {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 0]},
    ),
    "output padding beyond": ((1, 3, 4, 5), (3, 2, 2, 2), {"strides": [3, 3], "output_padding": [2, 1]}),
    "output shape": ((1, 3, 4, 5), (3, 2, 3, 3), {"strides": [2, 2], "output_shape": [8, 9]}),
    "auto upper": ((1, 3, 4, 5), (3, 2, 3, 3), {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    "dilations": ((1, 3, 4, 5), (3, 2, 3, 2), {"dilations": [2, 1], "strides": [1, 2]}),
    "groups": ((2, 4, 4, 5), (4, 3, 3, 3), {"group": 2, "strides": [2, 2]}),
    "depthwise": ((1, 4, 4, 5), (4, 1, 3, 3), {"group": 4}),
    "one dimension": ((2, 3, 6), (3, 2, 3), {"strides": [2], "pads": [1, 0]}),
    "three dimensions": ((1, 2, 3, 4, 3), (2, 3, 2, 2, 2), {"strides": [2, 1, 2], "pads": [1, 0, 0, 0, 1, 0]}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bias", [True, False])
def test_conv_transpose(name, bias):
    shape, weights, attributes = CASES[name]
    constants = {"w": floats(*weights, seed=1)}
    if bias:
        constants["b"] = floats(weights[1] * attributes.get("group", 1), seed=2)
    check_node("ConvTranspose", {"x": floats(*shape)}, constants=constants, **attributes)


def test_open_batch():
    check_node(
        "ConvTranspose", {"x": floats(3, 3, 4, 5)}, constants={"w": floats(3, 2, 3, 3)}, dynamic=["x"], strides=[2, 2]
    )
