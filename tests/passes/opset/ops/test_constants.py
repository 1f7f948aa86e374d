import numpy as np
import pytest

from modelwright.errors import UnsupportedError


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("value_float = 1.5", "float"),
        ("value_floats = [1.5, 2.0]", "float[2]"),
        ("value_int = 3", "int64"),
        ("value_ints = [3, 4]", "int64[2]"),
    ],
)
def test_numbers_become_tensors(step, value, kind):
    dtype = kind.partition("[")[0]
    node = f"c = Constant <{value}> () y = Mul (x, c)"
    step(node, f"{dtype}[2] x", f"{dtype}[2] y", 12, 9)


def test_cast_like(step):
    step("y = CastLike (x, z)", "float[3] x, int32[1] z", "int32[3] y", 15, 9)


@pytest.mark.parametrize("upper", [0, 1])
@pytest.mark.parametrize("k", [None, -2, 0, 1])
def test_trilu(step, upper, k):
    known = {} if k is None else {"k": np.int64(k)}
    node = f"y = Trilu <upper = {upper}> (x{', k' if known else ''})"
    step(node, "float[2,4,5] x", "float[2,4,5] y", 14, 9, **known)
    step(node, "int64[A,B] x", "int64[A,B] y", 14, 11, **known)


@pytest.mark.parametrize(
    ("kind", "numbers"), [("float", (1.0, 7.5, 1.5)), ("int64", (10, -3, -4)), ("int32", (2, 2, 1))]
)
def test_range(step, kind, numbers):
    dtype = {"float": np.float32, "int64": np.int64, "int32": np.int32}[kind]
    feeds = {name: np.array(number, dtype) for name, number in zip("abc", numbers, strict=True)}
    step("y = Range (a, b, c)", f"{kind} a, {kind} b, {kind} c", f"{kind}[n] y", 11, 9, feeds=feeds)


@pytest.mark.parametrize(
    ("attributes", "count"), [("start = 1", 3), ("end = -1", 3), ("start = -3, end = 3", 2), ("start = 9", 0)]
)
def test_part_of_a_shape(step, attributes, count):
    for target in (9, 14):
        step(f"y = Shape <{attributes}> (x)", "float[2,3,4,A] x", f"int64[{count}] y", 15, target)


def test_reshape_of_empty_tensors(step):
    step("y = Reshape <allowzero = 1> (x, s)", "float[0,3] x", "float[3,0] y", 14, 13, s=[3, 0])
    step("y = Reshape <allowzero = 1> (x, s)", "float[2,3] x", "float[3,2] y", 14, 13, s=[3, 2])


def test_eye_like_of_bfloat16(step):
    step("y = EyeLike <k = 1> (x)", "bfloat16[3,4] x", "bfloat16[3,4] y", 22, 21)


COMPUTED = """b = Shape <start = 0, end = 1> (x)
 h = Shape <start = 1, end = 2> (x)
 s = Concat <axis = 0> (b, h, c)
 y = Reshape <allowzero = 1> (x, s)"""


def test_a_computed_shape_whose_open_sizes_stay_in_their_places(step):
    found = step(COMPUTED, "float[n,m,6] x", "float[n,m,6] y", 15, 13, c=[6])
    assert "Reshape" in found.operators


def test_a_computed_shape_that_may_mean_an_empty_tensor(step):
    with pytest.raises(UnsupportedError, match="is computed"):
        step("y = Reshape <allowzero = 1> (x, s)", "float[n,6] x, int64[2] s", "float[k,m] y", 14, 13)
