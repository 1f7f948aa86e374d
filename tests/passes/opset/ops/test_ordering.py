import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from modelwright.errors import UnsupportedError


@pytest.mark.parametrize("target", [9, 10])
def test_topk(step, target):
    step("v, i = TopK <axis = -2> (x, k)", "float[3,4,5] x", "float[3,2,5] v, int64[3,2,5] i", 11, target, k=[2])
    node = "v, i = TopK <axis = 1, largest = 0> (x, k)"
    step(node, "float[3,4,5] x", "float[3,2,5] v, int64[3,2,5] i", 11, target, k=[2])


def test_topk_takes_an_input(step):
    step("v, i = TopK <k = 2, axis = 0> (x)", "float[4,5] x", "float[2,5] v, int64[2,5] i", 9, 17)


def test_the_smallest_of_integers(step):
    with pytest.raises(UnsupportedError, match="since opset 11"):
        step("v, i = TopK <largest = 0> (x, k)", "int64[4,5] x", "int64[4,2] v, int64[4,2] i", 11, 10, k=[2])


@pytest.mark.parametrize("op_type", ["ArgMax", "ArgMin"])
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_the_last_of_equal_ones(step, op_type, axis, keepdims):
    x = np.array([[1, 2, 2], [1, 0, 0], [1, 2, 0]], np.float32)
    result = {0: "int64[3]", 1: "int64[1,3]" if axis == 0 else "int64[3,1]"}[keepdims]
    node = f"y = {op_type} <axis = {axis}, keepdims = {keepdims}, select_last_index = 1> (x)"
    for target in (10, 11):
        step(node, "float[3,3] x", f"{result} y", 13, target, feeds={"x": x})


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_one_hot(step, axis):
    indices = np.array([0, -1, 2, -3, 5, -7])
    known = {"depth": np.int64(4), "values": np.array([0.5, 2], np.float32)}
    result = "float[6,4]" if axis else "float[4,6]"
    node = f"y = OneHot <axis = {axis}> (i, depth, values)"
    step(node, "int64[6] i", f"{result} y", 11, 10, feeds={"i": indices}, **known)


def test_one_hot_of_opset_9_knows_no_negative_indices(to_opset):
    text = '<ir_version: 4, opset_import: ["" : 9]> g (int64[3] i) => (float[3,4] y) { y = OneHot (i, d, v) }'
    changed = to_opset(text, 11, d=np.array([4]), v=np.array([0, 1], np.float32))
    (y,) = ReferenceEvaluator(changed.after).run(None, {"i": np.array([0, -1, 3])})
    np.testing.assert_array_equal(y, [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
