"""Convolutions against ONNX Runtime."""

from __future__ import annotations

import pytest
from lite_checking import check_node, floats

CASES = {
    "plain": ((2, 3, 7, 9), (4, 3, 3, 2), {}),
    "padded unevenly": ((1, 3, 7, 9), (4, 3, 3, 3), {"pads": [0, 1, 2, 3]}),
    "same": ((1, 3, 7, 9), (4, 3, 3, 3), {"pads": [1, 1, 1, 1]}),
    "strides": ((2, 3, 8, 9), (4, 3, 3, 3), {"pads": [1, 1, 1, 1], "strides": [2, 3]}),
    "dilations": ((1, 3, 9, 11), (4, 3, 3, 2), {"dilations": [2, 3], "pads": [2, 0, 1, 1]}),
    "auto upper": ((1, 3, 8, 9), (4, 3, 3, 4), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    "auto lower": ((1, 3, 8, 9), (4, 3, 3, 4), {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
    "valid": ((1, 3, 8, 9), (4, 3, 3, 4), {"auto_pad": "VALID"}),
    "groups": ((2, 4, 5, 6), (6, 2, 3, 3), {"group": 2}),
    "depthwise": ((2, 4, 5, 6), (8, 1, 3, 3), {"group": 4, "strides": [1, 2], "pads": [1, 1, 1, 1]}),
    "one dimension": ((2, 3, 9), (4, 3, 3), {"pads": [1, 2], "strides": [2], "dilations": [2]}),
    "one dimension, depthwise": ((2, 4, 9), (4, 1, 3), {"group": 4}),
    "three dimensions": ((1, 2, 5, 6, 7), (3, 2, 2, 3, 2), {"pads": [1, 0, 1, 0, 1, 1], "strides": [1, 2, 1]}),
    "three dimensions, groups": ((1, 4, 4, 5, 6), (6, 2, 2, 2, 2), {"group": 2}),
    "three dimensions, dilations": ((1, 2, 6, 6, 7), (3, 2, 2, 3, 2), {"dilations": [2, 1, 3]}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bias", [True, False])
def test_conv(name, bias):
    shape, weights, attributes = CASES[name]
    constants = {"w": floats(*weights, seed=1)}
    if bias:
        constants["b"] = floats(weights[0], seed=2)
    check_node("Conv", {"x": floats(*shape)}, constants=constants, **attributes)


def test_same_padding_needs_no_operator_of_its_own():
    made = check_node(
        "Conv", {"x": floats(1, 3, 8, 8)}, constants={"w": floats(4, 3, 3, 3)}, pads=[1, 1, 1, 1], dynamic=["x"]
    )
    assert made == ["TRANSPOSE", "CONV_2D", "TRANSPOSE"]


def test_weights_that_are_computed():
    check_node("Conv", {"x": floats(1, 3, 6, 6), "w": floats(4, 3, 3, 3)})


def test_open_batch():
    model_shape = floats(3, 3, 6, 6)
    check_node("Conv", {"x": model_shape}, constants={"w": floats(4, 3, 3, 3)}, dynamic=["x"], strides=[2, 2])
