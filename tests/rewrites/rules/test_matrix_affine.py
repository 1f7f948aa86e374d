from __future__ import annotations

import numpy as np

F = np.float32
RNG = np.random.default_rng(1)


def test_scale_of_columns(check):
    constants = {"w": RNG.standard_normal((3, 4)).astype(F), "c": np.arange(1, 5, dtype=F)}
    check("float[N,5,3] x => float[N,5,4] y", "a = MatMul(x, w) y = Mul(a, c)", "MatMul", rtol=1e-4, **constants)


def test_batch_normalization_behind_gemm(check):
    draw = lambda: RNG.uniform(0.5, 2, 4).astype(F)  # noqa: E731
    constants = {
        "w": RNG.standard_normal((4, 3)).astype(F),
        "c": draw(),
        "g": draw(),
        "b": draw(),
        "m": draw(),
        "v": draw(),
    }
    body = "a = Gemm<transB=1>(x, w, c) y = BatchNormalization(a, g, b, m, v)"
    check("float[N,3] x => float[N,4] y", body, "Gemm", rtol=1e-4, **constants)


def test_scale_of_rows_stays(check):
    constants = {"w": RNG.standard_normal((3, 4)).astype(F), "c": np.arange(1, 6, dtype=F).reshape(5, 1)}
    check("float[5,3] x => float[5,4] y", "a = MatMul(x, w) y = Mul(a, c)", "MatMul Mul", **constants)
