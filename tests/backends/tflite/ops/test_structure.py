"""Shapes and orders against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats

X = floats(2, 3, 4)


def ints(*numbers):
    return np.array(numbers, np.int64)


@pytest.mark.parametrize("target", [(6, 4), (-1, 2), (0, 12), (2, 0, 2, 2)])
@pytest.mark.parametrize("dynamic", [[], ["x"]])
def test_reshape(target, dynamic):
    check_node("Reshape", {"x": X}, constants={"s": ints(*target)}, dynamic=dynamic)


def test_reshape_to_what_is_computed():
    check_node("Reshape", {"x": X, "s": ints(0, -1)})


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_flatten(axis):
    check_node("Flatten", {"x": X}, axis=axis)


def test_squeeze_and_unsqueeze():
    check_node("Squeeze", {"x": floats(1, 3, 1)}, constants={"a": ints(0, -1)})
    check_node("Squeeze", {"x": floats(1, 3, 1)})
    check_node("Unsqueeze", {"x": X}, constants={"a": ints(0, -1, 2)}, dynamic=["x"])


@pytest.mark.parametrize("perm", [None, [1, 0, 2], [2, 0, 1]])
def test_transpose(perm):
    check_node("Transpose", {"x": X}, **({} if perm is None else {"perm": perm}))


def test_expand_and_tile():
    check_node("Expand", {"x": floats(3, 1)}, constants={"s": ints(2, 1, 4)})
    check_node("Expand", {"x": floats(3, 1), "s": ints(2, 1, 4)})
    check_node("Tile", {"x": X}, constants={"r": ints(2, 1, 3)})


def test_concat_and_split():
    check_node("Concat", {"a": X, "b": floats(2, 5, 4)}, axis=-2)
    check_node("Split", {"x": X}, constants={"s": ints(1, 3)}, axis=2, outputs=2)
    check_node("Split", {"x": X}, axis=2, outputs=2, num_outputs=2)
    check_node("Split", {"x": floats(7)}, axis=0, outputs=3, num_outputs=3)


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_depth_to_space(mode):
    check_node("DepthToSpace", {"x": floats(2, 8, 3, 2)}, blocksize=2, mode=mode)


def test_shape_and_size():
    check_node("Shape", {"x": X}, dynamic=["x"])
    check_node("Shape", {"x": X}, dynamic=["x"], start=-2)
    check_node("Size", {"x": X}, dynamic=["x"])


def test_fill_range_eye_and_triangle():
    check_node("ConstantOfShape", {"s": ints(2, 3)})
    check_node("Range", {"a": np.float32(1), "b": np.float32(4), "c": np.float32(0.5)})
    check_node("Range", {"a": np.int64(9), "b": np.int64(1), "c": np.int64(-3)})
    check_node("EyeLike", {"x": floats(3, 4)}, k=1)
    check_node("Trilu", {"x": floats(2, 3, 4)}, upper=0)
    check_node("Trilu", {"x": floats(3, 4)}, constants={"k": np.int64(1)})


def test_sequences():
    check_node("ReverseSequence", {"x": floats(4, 3, 2), "l": ints(4, 1, 2)}, time_axis=0, batch_axis=1)
    check_node("CumSum", {"x": X}, constants={"a": np.int64(1)}, exclusive=1, reverse=1)
    check_node("NonZero", {"x": np.array([[1, 0], [0, 2]], np.float32)})
