from __future__ import annotations

import numpy as np
import pytest

F = np.float32
ONLY = "Expand before broadcasting"
SIZES = "s = Shape(x) n = Gather(s, zero) q = Gather(s, two) t = Concat<axis=0>(n, one, q, q) "
CONSTANTS = {"zero": np.int64([0]), "one": np.int64([1]), "two": np.int64([2])}


def test_a_mask_that_is_added(check):
    body = SIZES + "e = Expand(m, t) c = Sub(k, e) d = Cast<to=9>(c) w = Where(d, low, c) y = Add(x, w)"
    constants = CONSTANTS | {"k": F(1), "low": F(-7)}
    signature = "float[N,4,Q,Q] x, float[N,1,1,Q] m => float[N,4,Q,Q] y"
    check(signature, body, "Sub Cast Where Add", only=ONLY, **constants)


def test_at_once(check):
    body = SIZES + "e = Expand(m, t) y = Mul(e, x)"
    check("float[N,4,Q,Q] x, float[N,1,1,Q] m => float[N,4,Q,Q] y", body, "Mul", only=ONLY, **CONSTANTS)


@pytest.mark.parametrize(
    ("signature", "rest", "want"),
    [
        ("float[N,4,Q,Q] x, float[N,1,1,Q] m => float[N,1,Q,Q] y", "y = Neg(e)", "Neg"),
        ("float[N,4,Q,Q] x, float[N,1,1,Q] m => float[N,4,Q,Q] y", "r = Softmax(e) y = Add(x, r)", "Softmax Add"),
        ("float[N,4,Q,Q] x, float[N,1,1,Q] m => float[N,1,Q,Q] y", "h = ReduceSum(e) y = Div(e, h)", "ReduceSum Div"),
        ("float[N,4,Q,Q] x, float[N,1,1,Q] m => float[N,1,1,Q] y", "y = ReduceMax<axes=[2]>(e)", "ReduceMax"),
    ],
    ids=["output", "softmax", "sum", "max"],
)
def test_what_needs_the_whole_tensor(check, signature, rest, want):
    want = f"Shape Gather Gather Concat Expand {want}"
    check(signature, SIZES + "e = Expand(m, t) " + rest, want, only=ONLY, **CONSTANTS)


def test_a_size_that_may_be_one(check):
    body = "e = Expand(m, t) y = Add(x, e)"
    check("float[3,5] x, float[N,5] m => float[3,5] y", body, "Expand Add", only=ONLY, t=np.int64([3, 5]))
