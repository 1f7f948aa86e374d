"""MaxUnpool against ONNX Runtime."""

from __future__ import annotations

import numpy as np
from lite_checking import check_node, floats


def test_back_to_where_they_were():
    places = np.array([[[[5, 7], [13, 10]]]])
    check_node("MaxUnpool", {"x": floats(1, 1, 2, 2), "i": places}, kernel_shape=[2, 2], strides=[2, 2])
