from __future__ import annotations

import numpy as np

F = np.float32


def test_zero_and_one_go(check):
    body = "a = Add(zero, x) b = Mul(a, one) c = Sub(b, zero) d = Div(c, one) y = Neg(d)"
    check("float[2,3] x => float[2,3] y", body, "Neg", zero=np.zeros((1, 3), F), one=F(1))


def test_a_broadcast_stays(check):
    check("float[1,3] x => float[2,3] y", "y = Add(x, z)", "Add", z=np.zeros((2, 3), F))


def test_a_constant_on_the_left_of_sub_stays(check):
    check("float[3] x => float[3] y", "y = Sub(z, x)", "Sub", z=np.zeros(3, F))
