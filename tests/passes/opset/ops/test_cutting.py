import numpy as np
import pytest

from modelwright.errors import UnsupportedError


@pytest.mark.parametrize(
    ("bounds", "result"),
    [
        ({"s": [1, 0], "e": [3, 2**63 - 1], "a": [0, 2]}, "float[2,4,5]"),
        ({"s": [-2, 1], "e": [2**31, -1], "a": [1, -1]}, "float[4,2,3]"),
        ({"s": [0, 3], "e": [9, 0], "a": [0, 1], "t": [2, -2]}, "float[2,2,5]"),
        ({"s": [-1], "e": [-(2**63) + 1], "a": [2], "t": [-1]}, "float[4,4,5]"),
    ],
)
def test_slice(step, bounds, result):
    names = {"s": "starts", "e": "ends", "a": "axes", "t": "steps"}
    known = {names[key]: np.array(value, np.int64) for key, value in bounds.items()}
    for target in (9, 10):
        step(f"y = Slice (x, {', '.join(known)})", "float[4,4,5] x", f"{result} y", 13, target, **known)


def test_slice_becomes_inputs(step):
    step("y = Slice <starts = [1, -3], ends = [3, 9], axes = [0, 2]> (x)", "float[4,4,5] x", "float[2,4,3] y", 9, 17)
    step("y = Slice <starts = [1], ends = [3]> (x)", "float[4,5] x", "float[2,5] y", 9, 10)


@pytest.mark.parametrize("target", [9, 12, 13, 17])
def test_split_in_parts_of_a_number(step, target):
    node = "a, b, c = Split <axis = -1, num_outputs = 3> (x)"
    step(node, "float[2,7] x", "float[2,3] a, float[2,3] b, float[2,1] c", 18, target)
    step(node, "float[2,6] x", "float[2,2] a, float[2,2] b, float[2,2] c", 18, target)


def test_split_of_a_size_known_at_run_time(step):
    feeds = {"x": np.arange(7, dtype=np.float32)}
    node = "a, b = Split <num_outputs = 2> (x)"
    step(node, "float[N] x", "float[A] a, float[B] b", 18, 11, feeds=feeds)
    given = {"x": np.arange(7, dtype=np.float32), "sizes": np.array([2, 5])}
    step("a, b = Split (x, sizes)", "float[7] x, int64[2] sizes", "float[A] a, float[B] b", 13, 11, feeds=given)


def test_split_sizes_move(step):
    node = "a, b = Split <axis = 1> (x, sizes)"
    step(node, "float[2,7] x", "float[2,3] a, float[2,4] b", 13, 9, sizes=[3, 4])
    old = "a, b = Split <axis = 1, split = [3, 4]> (x)"
    step(old, "float[2,7] x", "float[2,3] a, float[2,4] b", 9, 18)
    step("a, b = Split (x)", "float[4,7] x", "float[2,7] a, float[2,7] b", 11, 18)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge", "wrap"])
@pytest.mark.parametrize("dtype", ["float", "int32"])
def test_pad(step, mode, dtype):
    for target in (9, 11, 18):
        node = f'y = Pad <mode = "{mode}"> (x, pads)'
        step(node, f"{dtype}[3,4] x", f"{dtype}[6,7] y", 19, target, pads=[1, 2, 2, 1])


def test_pad_with_a_value_on_some_axes(step):
    node = "y = Pad (x, pads, value, axes)"
    known = {"pads": [1, -1, 2, 2], "value": np.float32(1.5), "axes": [-1, 0]}
    for target in (9, 13, 17):
        step(node, "float[3,4,2] x", "float[4,4,5] y", 18, target, **known)
    known["value"] = np.int64(3)
    step(node, "int64[3,4,2] x", "int64[4,4,5] y", 18, 9, **known)


def test_pad_by_amounts_of_run_time(step, to_opset):
    feeds = {"x": np.ones((2, 3), np.float32), "pads": np.array([1, 2])}
    text = "y = Pad (x, pads, , axes)"
    step(text, "float[2,3] x, int64[2] pads", "float[A,B] y", 18, 13, feeds=feeds, axes=[1])
    with pytest.raises(UnsupportedError, match="'pads' is computed, and must be constant before opset 11"):
        step("y = Pad (x, pads)", "float[2,3] x, int64[4] pads", "float[A,B] y", 13, 9)


def test_pad_becomes_inputs(step):
    step("y = Pad <pads = [1, 0, 0, 2], value = 0.5> (x)", "float[2,3] x", "float[3,5] y", 9, 13)
    step('y = Pad <pads = [1, 0, 0, 2], mode = "reflect"> (x)', "float[2,3] x", "float[3,5] y", 9, 21)
