"""Reductions against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from lite_checking import check_node, floats

REDUCTIONS = (
    "ReduceSum ReduceMean ReduceProd ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp"
).split()


@pytest.mark.parametrize("op_type", REDUCTIONS)
@pytest.mark.parametrize(("axes", "keepdims"), [([1], 1), ([0, -1], 0), (None, 1)])
def test_floats(op_type, axes, keepdims):
    constants = {} if axes is None else {"axes": np.array(axes)}
    check_node(op_type, {"x": floats(2, 3, 4, low=0.1)}, constants=constants, keepdims=keepdims)


@pytest.mark.parametrize("op_type", ["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin"])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_integers(op_type, dtype):
    x = np.random.default_rng(0).integers(-9, 9, (2, 3)).astype(dtype)
    check_node(op_type, {"x": x}, constants={"axes": np.array([1])})


def test_no_axes_reduce_nothing_where_asked():
    check_node("ReduceSum", {"x": floats(2, 3)}, constants={"axes": np.zeros(0, np.int64)}, noop_with_empty_axes=1)


def test_large_exponents_do_not_overflow():
    check_node("ReduceLogSumExp", {"x": np.array([[900, 901]], np.float32)}, constants={"axes": np.array([1])})


def test_of_nothing():
    x = np.zeros((2, 0), np.float32)
    check_node(
        "ReduceMax", {"x": x}, constants={"axes": np.array([1])}, expected=[np.full((2, 1), -np.inf, np.float32)]
    )


@pytest.mark.parametrize("op_type", ["ArgMax", "ArgMin"])
@pytest.mark.parametrize("last", [0, 1])
@pytest.mark.parametrize(("axis", "keepdims"), [(0, 1), (-1, 0)])
def test_arguments(op_type, last, axis, keepdims):
    x = np.array([[1, 3, 3], [1, 0, 0]], np.float32)
    check_node(op_type, {"x": x}, axis=axis, keepdims=keepdims, select_last_index=last)
