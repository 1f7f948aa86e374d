from __future__ import annotations

import numpy as np
import pytest

ONLY = "part of a Shape"
I = np.int64  # noqa: E741
STRIDED = {"a": I([0]), "b": I([3]), "z": I([0]), "d": I([2])}


@pytest.mark.parametrize("index", [0, 1, -1, -3])
def test_one_dimension(check, index):
    body = "s = Shape(x) g = Gather(s, i) u = Unsqueeze(g, zero) y = Mul(u, two)"
    check("float[N,M,5] x => int64[1] y", body, "Shape Mul", only=ONLY, i=I(index), zero=I([0]), two=I([2]))


def test_a_vector_of_one_index(check):
    check("float[N,M,5] x => int64[1] y", "s = Shape(x) y = Gather(s, i)", "Shape", only=ONLY, i=I([1]))


@pytest.mark.parametrize(("start", "end"), [(0, 2), (1, 9), (-2, 3), (-9, -1)])
def test_a_stretch(check, start, end):
    body = "s = Shape(x) t = Slice(s, a, b) y = Mul(t, two)"
    constants = {"a": I([start]), "b": I([end]), "two": I([2])}
    check("float[N,M,5] x => int64[K] y", body, "Shape Mul", only=ONLY, **constants)


@pytest.mark.parametrize(
    ("opset", "body", "constants", "want"),
    [
        (14, "s = Shape(x) y = Gather(s, i)", {"i": I([1])}, "Shape Gather"),
        (17, "s = Shape(x) y = Gather(s, i)", {"i": I([1, 0])}, "Shape Gather"),
        (17, "s = Shape<start=1>(x) y = Gather(s, i)", {"i": I([1])}, "Shape Gather"),
        (17, "s = Shape(x) y = Slice(s, a, b, z, d)", STRIDED, "Shape Slice"),
        (17, "s = Shape(x) y = Slice(s, a, a)", {"a": I([1])}, "Shape Slice"),
    ],
    ids=["old opset", "two", "bounded already", "step", "empty"],
)
def test_what_stays(check, opset, body, constants, want):
    check("float[N,M,5] x => int64[K] y", body, want, opset=opset, only=ONLY, **constants)


def test_a_number_stays_a_number(check):
    body = "s = Shape(x) g = Gather(s, i) y = Mul(g, two)"
    check("float[N,M] x => int64 y", body, "Shape Gather Mul", only=ONLY, i=I(1), two=I(2))
