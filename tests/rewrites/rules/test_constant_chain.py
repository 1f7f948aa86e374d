from __future__ import annotations

import numpy as np

F = np.float32


def test_additions_join(check):
    body = "a = Add(x, c) b = Sub(a, d) y = Add(d, b)"
    model = check("float[2,3] x => float[2,3] y", body, "Add", c=np.array([1, 2, 3], F), d=F(4))
    assert model is not None


def test_multiplications_join(check):
    check("float[2,3] x => float[2,3] y", "a = Mul(x, c) y = Div(a, d)", "Mul", c=np.array([1, 2, 3], F), d=F(4))


def test_integers_are_left_alone(check):
    body = "a = Div(x, c) y = Mul(a, d)"
    check("int64[3] x => int64[3] y", body, "Div Mul", c=np.int64(2), d=np.int64(3))
