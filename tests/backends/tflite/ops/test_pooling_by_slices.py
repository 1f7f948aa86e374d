"""Pooling on slices, against ONNX Runtime."""

from __future__ import annotations

import pytest
from lite_checking import check_node, floats

WINDOWS = {
    "plain": ((2, 3, 7, 9), {"kernel_shape": [2, 3]}),
    "pads": ((1, 3, 7, 9), {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    "one dimension": ((2, 3, 9), {"kernel_shape": [3], "strides": [2], "pads": [1, 1]}),
    "three dimensions": (
        (1, 2, 5, 6, 7),
        {"kernel_shape": [2, 3, 2], "strides": [1, 2, 2], "pads": [1, 1, 0, 0, 1, 1]},
    ),
    "dilations": ((1, 2, 9, 9), {"kernel_shape": [2, 3], "dilations": [2, 3], "pads": [1, 1, 1, 1]}),
}


@pytest.mark.parametrize("p", [1, 2, 3])
def test_lp_pool(p):
    check_node("LpPool", {"x": floats(1, 2, 6, 7)}, kernel_shape=[2, 3], strides=[2, 1], pads=[1, 0, 0, 1], p=p)


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("order", [0, 1])
def test_where_the_largest_are(name, order):
    shape, attributes = WINDOWS[name]
    if order and len(shape) != 4:
        return
    check_node("MaxPool", {"x": floats(2, *shape[1:])}, outputs=2, storage_order=order, **attributes)
