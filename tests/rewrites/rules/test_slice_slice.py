from __future__ import annotations

import numpy as np
import pytest

I = np.int64  # noqa: E741
ONLY = "Slice of a slice"
FAR = 2**63 - 1
C = {"zero": I([0]), "one": I([1]), "two": I([2]), "last": I([-1]), "far": I([FAR]), "start": I([-(2**62)])}


def test_every_other_row_and_column(check):
    body = """
    a = Slice(x, zero, far, one, two) b = Slice(a, zero, far, two, two) c = Slice(a, one, far, two, two)
    y = Concat<axis = 3>(b, c)
    """
    check(
        "float[N,5,8,2] x => float[N,3,K,L] y",
        body,
        "Slice Slice Concat",
        only=ONLY,
        **C,
    )


def test_backwards_and_axes_from_the_end(check):
    body = "a = Slice(x, last, start, last, last) y = Slice(a, zero, two, one)"
    check("float[N,5,3] x => float[N,2,3] y", body, "Slice", only=ONLY, **C)


def test_many_axes(check):
    constants = {"s": I([1, 0]), "e": I([4, 2]), "a": I([0, -1]), "f": I([1]), "g": I([-1]), "b": I([1])}
    body = "a1 = Slice(x, s, e, a) y = Slice(a1, f, g, b)"
    check("float[5,4,3] x => float[3,2,2] y", body, "Slice", only=ONLY, **constants)


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("a = Slice(x, one, far, one) y = Slice(a, one, far, one)", "Slice Slice"),
        ("a = Slice(x, one, far, one) b = Slice(a, zero, one) c = Neg(a) y = Add(b, c)", "Slice Slice Neg Add"),
        (
            "a = Slice(x, one, far, one) n = Size(a) m = Reshape(n, one) y = Slice(a, one, m)",
            "Slice Size Reshape Slice",
        ),
        (
            "n = Shape(x) a = Slice(n, zero, one) b = Slice(x, one, far, one) y = Slice(b, a, far)",
            "Shape Slice Slice Slice",
        ),
    ],
    ids=["same axis", "other user", "computed end", "computed start"],
)
def test_what_stays(check, body, want):
    check("float[N,5] x => float[K,L] y", body, want, only=ONLY, **C)


def test_the_inner_one_is_an_output(check):
    body = "a = Slice(x, one, far, one) y = Slice(a, one, far, zero)"
    check("float[N,5] x => float[N,4] a, float[K,4] y", body, "Slice Slice", only=ONLY, **C)
