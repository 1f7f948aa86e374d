import pytest

REDUCTIONS = (
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"
).split()


@pytest.mark.parametrize("op_type", REDUCTIONS)
@pytest.mark.parametrize(("keepdims", "result"), [(0, "float[3,5]"), (1, "float[3,1,5,1]")])
def test_axes_become_an_attribute_and_an_input_again(step, op_type, keepdims, result):
    positive = "p = Abs (x)"
    node = f"{positive} y = {op_type} <keepdims = {keepdims}> (p, axes)"
    for target in (9, 11, 13, 17):
        step(node, "float[3,4,5,2] x", f"{result} y", 18, target, axes=[1, -1])
    old = f"{positive} y = {op_type} <keepdims = {keepdims}, axes = [1, -1]> (p)"
    step(old, "float[3,4,5,2] x", f"{result} y", 11, 18)


@pytest.mark.parametrize("op_type", REDUCTIONS)
def test_no_axes_reduce_all_or_nothing(step, op_type):
    step(f"p = Abs (x) y = {op_type} <keepdims = 0> (p)", "float[3,4] x", "float y", 18, 11)
    noop = f"p = Abs (x) y = {op_type} <noop_with_empty_axes = 1> (p)"
    step(noop, "float[3,4] x", "float[3,4] y", 18, 11)


def test_squeeze_and_unsqueeze(step):
    node = "a = Squeeze (x, drop) y = Unsqueeze (a, add)"
    for target in (9, 11, 12):
        step(node, "float[1,4,1,2] x", "float[1,4,2,1] y", 13, target, drop=[-2, 0], add=[0, -1])
    step("y = Squeeze (x)", "float[1,4,1,2] x", "float[4,2] y", 13, 9)
    old = "a = Squeeze <axes = [0, 2]> (x) y = Unsqueeze <axes = [0, 3]> (a)"
    step(old, "float[1,4,1,2] x", "float[1,4,2,1] y", 9, 21)


def test_axes_known_at_run_time_only(step):
    import numpy as np

    feeds = {"x": np.arange(8, dtype=np.float32).reshape(1, 4, 1, 2), "axes": np.array([0, -2])}
    step("y = Squeeze (x, axes)", "float[1,4,1,2] x, int64[2] axes", "float[4,2] y", 13, 11, feeds=feeds)
