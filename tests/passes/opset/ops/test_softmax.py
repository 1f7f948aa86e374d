import pytest


@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_one_axis_below_13(step, op_type, axis):
    for target in (9, 12):
        step(f"y = {op_type} <axis = {axis}> (x)", "float[3,4,5] x", "float[3,4,5] y", 13, target)


@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_all_from_the_axis_on_since_13(step, op_type, axis):
    step(f"y = {op_type} <axis = {axis}> (x)", "float[3,4,5] x", "float[3,4,5] y", 11, 17)


def test_the_default_axes_differ(step):
    step("y = Softmax (x)", "float[3,4,5] x", "float[3,4,5] y", 11, 13)
    step("y = Softmax (x)", "float[3,4,5] x", "float[3,4,5] y", 13, 11)


@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax"])
def test_without_a_rank(step, op_type):
    node = f"a = Reshape (x, s) y = {op_type} <axis = -2> (a)"
    import numpy as np

    feeds = {"x": np.arange(6, dtype=np.float32), "s": np.array([3, 2])}
    step(node, "float[6] x, int64[r] s", "float[A, B] y", 17, 11, feeds=feeds)
