from __future__ import annotations

import numpy as np

F = np.float32


def test_two_dimensions(check):
    constants = {"w": np.ones((3, 4), F), "c": np.arange(4, dtype=F)}
    check("float[N,3] x => float[N,4] y", "a = MatMul(x, w) y = Add(c, a)", "Gemm", **constants)


def test_three_dimensions_stay(check):
    constants = {"w": np.ones((3, 4), F), "c": np.arange(4, dtype=F)}
    check("float[N,2,3] x => float[N,2,4] y", "a = MatMul(x, w) y = Add(c, a)", "MatMul Add", **constants)
