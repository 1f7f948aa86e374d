from __future__ import annotations

import numpy as np

F = np.float32


def test_joins_the_bias(check):
    constants = {"w": np.ones((3, 4), F), "b": np.ones(4, F), "c": np.arange(4, dtype=F)}
    check("float[N,3] x => float[N,4] y", "a = Gemm(x, w, b) y = Add(c, a)", "Gemm", **constants)


def test_becomes_the_bias(check):
    constants = {"w": np.ones((3, 4), F), "c": F(2)}
    check("float[N,3] x => float[N,4] y", "a = Gemm<alpha=2.0>(x, w) y = Add(a, c)", "Gemm", **constants)
