"""Picking and placing against ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lite_checking import check_node, converted, floats, node_model

from modelwright.errors import UnsupportedError

X = floats(4, 5, 6)
FAR = np.iinfo(np.int64).max


def ints(*numbers):
    return np.array(numbers, np.int64)


@pytest.mark.parametrize(
    ("starts", "ends", "axes", "steps"),
    [
        ([1], [3], [1], [1]),
        ([0, 1], [FAR, -1], [2, 0], [2, 1]),
        ([-1], [-FAR], [1], [-1]),
        ([4], [-6], [1], [-2]),
        ([-100], [100], [0], [1]),
        ([100], [-100], [0], [-3]),
    ],
)
@pytest.mark.parametrize("computed", [False, True])
def test_slice(starts, ends, axes, steps, computed):
    bounds = {"s": ints(*starts), "e": ints(*ends)}
    fixed = {"a": ints(*axes), "t": ints(*steps)}
    inputs = {"x": X, **bounds} if computed else {"x": X}
    constants = fixed if computed else {**bounds, **fixed}
    check_node("Slice", inputs, constants=constants)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather(axis):
    check_node("Gather", {"x": X}, constants={"i": ints(1, -1, 0)}, axis=axis)
    check_node("Gather", {"x": X, "i": np.array([[0, -2], [3, 1]])}, axis=axis)


def test_gather_a_scalar():
    check_node("Gather", {"x": X}, constants={"i": np.array(-2)}, axis=1)


def test_gather_nd():
    check_node("GatherND", {"x": X, "i": np.array([[0, -1], [3, 2]])})
    check_node("GatherND", {"x": X, "i": np.array([[[1]], [[0]], [[-1]], [[2]]])}, batch_dims=1)


def test_gather_and_scatter_elements():
    indices = np.array([[0, 2, -1], [1, 0, 2]])
    check_node("GatherElements", {"x": floats(4, 3), "i": indices}, axis=0)
    updates = floats(2, 3, seed=1)
    check_node("ScatterElements", {"x": floats(4, 3), "i": indices, "u": updates}, axis=0)
    check_node("ScatterElements", {"x": floats(4, 3), "i": np.array([[1], [1]]), "u": floats(2, 1)}, reduction="add")
    check_node(
        "ScatterElements",
        {"x": floats(4, 3), "u": updates},
        constants={"i": indices},
        order=["x", "i", "u"],
        reduction="max",
    )


def test_scatter_nd():
    check_node("ScatterND", {"x": floats(4, 3), "i": np.array([[2], [-4]]), "u": floats(2, 3, seed=1)})
    check_node("ScatterND", {"x": floats(4), "i": np.array([[2], [2]]), "u": floats(2, seed=1)}, reduction="add")


def test_an_index_from_both_ends_is_there_twice(tmp_path: Path):
    inputs = {"x": floats(4, 1), "u": floats(2, 1)}
    constants = {"i": np.array([[-1], [3]])}
    model = node_model("ScatterElements", inputs, constants=constants, order=["x", "i", "u"], reduction="max")
    with pytest.raises(UnsupportedError, match="indices may be there twice"):
        converted(model, tmp_path)


def test_reductions_over_indices_that_may_repeat_are_refused(tmp_path: Path):
    model = node_model("ScatterND", {"x": floats(4), "i": np.array([[2]]), "u": floats(1)}, reduction="mul")
    with pytest.raises(UnsupportedError, match="indices may be there twice"):
        converted(model, tmp_path)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_one_hot(axis):
    check_node(
        "OneHot",
        {"i": np.array([[0, 2], [-1, 1]])},
        constants={"d": np.array(4), "v": np.array([2, 5], np.float32)},
        axis=axis,
    )


def test_compress():
    condition = np.array([False, True, True])
    check_node("Compress", {"x": floats(3, 2), "c": condition}, axis=0)
    check_node("Compress", {"x": floats(3, 2), "c": condition})


@pytest.mark.parametrize("largest", [0, 1])
@pytest.mark.parametrize("axis", [0, -1])
def test_top_k(largest, axis):
    check_node("TopK", {"x": X}, constants={"k": ints(3)}, axis=axis, largest=largest, outputs=2)
