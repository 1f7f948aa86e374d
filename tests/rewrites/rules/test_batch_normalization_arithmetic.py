from __future__ import annotations

import numpy as np

F = np.float32
RNG = np.random.default_rng(3)
ROWS = {
    "g": RNG.standard_normal(4).astype(F),
    "b": RNG.standard_normal(4).astype(F),
    "m": RNG.standard_normal(4).astype(F),
    "v": RNG.uniform(0.5, 2, 4).astype(F),
}
S = RNG.standard_normal((4, 1, 1)).astype(F)
SIGNATURE = "float[N,4,3,5] x => float[N,4,3,5] y"
BN = "n = BatchNormalization(x, g, b, m, v)"
NAME = "BatchNormalization + arithmetic by channel"


def test_scale_and_shift_go_into_the_rows(check):
    body = f"{BN} p = Mul(n, s) y = Add(p, t)"
    check(SIGNATURE, body, "BatchNormalization", only=NAME, s=S, t=S + 1, **ROWS)


def test_division_and_subtraction(check):
    body = f"{BN} p = Div(n, s) y = Sub(t, p)"
    check(SIGNATURE, body, "BatchNormalization", only=NAME, s=S, t=F(2), **ROWS)


def test_a_division_of_a_constant_stays(check):
    check(SIGNATURE, f"{BN} y = Div(s, n)", "BatchNormalization Div", only=NAME, s=S, rtol=1e-3, **ROWS)


def test_a_constant_along_the_width_stays(check):
    check(SIGNATURE, f"{BN} y = Mul(n, s)", "BatchNormalization Mul", only=NAME, s=np.ones(5, F) * 2, **ROWS)


def test_a_second_user_stays(check):
    signature = "float[N,4,3,5] x => float[N,4,3,5] y, float[N,4,3,5] z"
    check(signature, f"{BN} y = Mul(n, s) z = Relu(n)", "BatchNormalization Mul Relu", only=NAME, s=S, **ROWS)


def test_numbers_that_are_not_written_out(check):
    fill = "ConstantOfShape<value = float[1] {%s}>"
    body = (
        f"g = {fill % 0.5}(c) v = {fill % 1.5}(c) s = {fill % 3.0}(d) "
        "n = BatchNormalization(x, g, g, g, v) p = Mul(n, s) y = Add(p, s)"
    )
    check(
        SIGNATURE,
        body,
        "ConstantOfShape ConstantOfShape ConstantOfShape ConstantOfShape BatchNormalization",
        only=NAME,
        c=np.array([4]),
        d=np.array([4, 1, 1]),
    )
