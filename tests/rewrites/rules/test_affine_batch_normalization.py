from __future__ import annotations

import numpy as np

SCALE = np.array([1, -2, 3], np.float32).reshape(3, 1, 1)


def test_becomes_one_node(check):
    signature = "float[N,3,2,2] x => float[N,3,2,2] y"
    check(signature, "a = Mul(x, s) y = Add(s, a)", "BatchNormalization", s=SCALE)
    check(signature, "a = Mul(s, x) y = Sub(a, s)", "BatchNormalization", s=SCALE)


def test_along_the_width_stays(check):
    body = "a = Mul(x, s) y = Add(a, s)"
    check("float[N,3,2,3] x => float[N,3,2,3] y", body, "Mul Add", s=SCALE.reshape(3))
