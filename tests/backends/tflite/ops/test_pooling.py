"""Pooling against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats

WINDOWS = {
    "plain": ((2, 3, 7, 9), {"kernel_shape": [2, 3]}),
    "strides": ((1, 3, 7, 9), {"kernel_shape": [3, 3], "strides": [2, 2]}),
    "pads": ((1, 3, 7, 9), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    "same": ((1, 3, 7, 9), {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
    "uneven": ((1, 3, 7, 9), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 1, 2, 0]}),
    "auto upper": ((1, 3, 7, 8), {"kernel_shape": [3, 4], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    "auto lower": ((1, 3, 7, 8), {"kernel_shape": [3, 4], "strides": [2, 2], "auto_pad": "SAME_LOWER"}),
    "ceil": ((1, 3, 8, 9), {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    "ceil with pads": ((1, 3, 8, 8), {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "pads": [1, 1, 1, 1]}),
    "one dimension": ((2, 3, 9), {"kernel_shape": [3], "strides": [2], "pads": [1, 1]}),
    "three dimensions": (
        (1, 2, 5, 6, 7),
        {"kernel_shape": [2, 3, 2], "strides": [1, 2, 2], "pads": [1, 1, 0, 0, 1, 1]},
    ),
    "dilations": ((1, 2, 9, 9), {"kernel_shape": [2, 3], "dilations": [2, 3], "pads": [1, 1, 1, 1]}),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_max_pool(name):
    shape, attributes = WINDOWS[name]
    check_node("MaxPool", {"x": floats(*shape)}, **attributes)


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("include", [0, 1])
def test_average_pool(name, include):
    shape, attributes = WINDOWS[name]
    check_node("AveragePool", {"x": floats(*shape)}, count_include_pad=include, **attributes)


def test_integers():
    x = np.random.default_rng(0).integers(-128, 127, (1, 2, 6, 6)).astype(np.int8)
    check_node("MaxPool", {"x": x}, kernel_shape=[2, 2], pads=[1, 1, 0, 0])


@pytest.mark.parametrize("op_type", ["GlobalAveragePool", "GlobalMaxPool"])
@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 5, 6), (2, 3, 4, 5, 6)])
def test_global(op_type, shape):
    check_node(op_type, {"x": floats(*shape)})


@pytest.mark.parametrize("p", [1, 2, 3])
def test_global_lp(p):
    check_node("GlobalLpPool", {"x": floats(2, 3, 4, 5)}, p=p)
