import numpy as np
import pytest


@pytest.mark.parametrize("bounds", ["low", "low, high", ", high", ""])
def test_bounds_become_attributes_and_back(step, bounds):
    known = {"low": np.float32(-0.5), "high": np.float32(0.7)}
    known = {name: value for name, value in known.items() if name in bounds}
    step(f"y = Clip (x{', ' if bounds else ''}{bounds})", "float[3,4] x", "float[3,4] y", 13, 9, **known)


def test_computed_bounds(step):
    node = "y = Clip (x, low, high)"
    feeds = {
        "x": np.linspace(-3, 3, 12).astype(np.float32),
        "low": np.array(-1, np.float32),
        "high": np.array(2, np.float32),
    }
    changed = step(node, "float[12] x, float low, float high", "float[12] y", 13, 9, feeds=feeds)
    assert changed.operators == ["Max", "Min"]


def test_doubles_keep_their_bounds(step):
    feeds = {"x": np.array([0.1 - 1e-12, 0.1, 0.3])}
    step("y = Clip (x, low)", "double[3] x", "double[3] y", 13, 9, feeds=feeds, low=np.float64(0.1))


@pytest.mark.parametrize("dtype", ["int32", "int64", "int8", "uint8"])
def test_integers_are_compared(step, dtype):
    low, high = (np.array(number, dtype) for number in (2, 5))
    for target in (9, 11):
        step("y = Clip (x, low, high)", f"{dtype}[3,4] x", f"{dtype}[3,4] y", 12, target, low=low, high=high)


def test_attributes_become_inputs(step):
    step("y = Clip <min = -0.5> (x)", "float[3,4] x", "float[3,4] y", 9, 17)
    step("y = Clip <min = -0.5, max = 0.25> (x)", "float[3,4] x", "float[3,4] y", 6, 11)
    step("y = Clip (x)", "float[3,4] x", "float[3,4] y", 9, 13)
