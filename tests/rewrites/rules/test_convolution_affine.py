from __future__ import annotations

import numpy as np

F = np.float32
RNG = np.random.default_rng(1)


def test_all_four_operators_fold(check):
    constants = {
        "w": RNG.standard_normal((4, 2, 2, 2)).astype(F),
        "c": np.arange(1, 5, dtype=F).reshape(4, 1, 1),
        "d": np.arange(1, 5, dtype=F).reshape(1, 4, 1, 1),
        "s": F(3),
    }
    body = "a = Conv(x, w) b = Add(a, c) e = Mul(b, d) f = Sub(s, e) y = Div(f, c)"
    check("float[2,2,5,4] x => float[2,4,4,3] y", body, "Conv", rtol=1e-4, atol=1e-4, **constants)


def test_a_constant_along_the_width_stays(check):
    constants = {"w": RNG.standard_normal((4, 2, 1, 1)).astype(F), "c": np.ones(4, F) * 2}
    check("float[2,2,5,4] x => float[2,4,5,4] y", "a = Conv(x, w) y = Add(a, c)", "Conv Add", **constants)


def test_shared_large_weights_stay(check):
    constants = {"w": RNG.standard_normal((64, 64, 2, 1)).astype(F), "c": np.ones((64, 1, 1), F) * 2}
    body = "a = Conv(x, w) y = Mul(a, c) z = Conv(x, w)"
    signature = "float[1,64,5,4] x => float[1,64,4,4] y, float[1,64,4,4] z"
    check(signature, body, "Conv Mul Conv", rtol=1e-4, **constants)
