from __future__ import annotations

import numpy as np

W = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)


def test_goes(check):
    body = "a = Reshape(x, s) b = MatMul(a, w) y = Reshape(b, t)"
    constants = {"s": np.array([-1, 4]), "t": np.array([-1, 2, 3, 5]), "w": W}
    check("float[N,2,3,4] x => float[N,2,3,5] y", body, "MatMul", **constants)


def test_other_dimensions_in_front_stay(check):
    body = "a = Reshape(x, s) b = MatMul(a, w) y = Reshape(b, t)"
    constants = {"s": np.array([-1, 4]), "t": np.array([-1, 3, 2, 5]), "w": W}
    check("float[N,2,3,4] x => float[N,3,2,5] y", body, "Reshape MatMul Reshape", **constants)
