from __future__ import annotations

import numpy as np

from modelwright.rewrites.rule import Group

F = np.float32
RNG = np.random.default_rng(0)
W = RNG.standard_normal((4, 3)).astype(F)
B = RNG.standard_normal(4).astype(F)
GROUPS = (Group.SIMPLIFY, Group.MATMUL)


def test_transposes_and_factors_go_into_the_constants(check):
    body = "y = Gemm<transB=1, alpha=0.5, beta=2.0>(x, w, b)"
    check("float[N,3] x => float[N,4] y", body, "MatMul Add", groups=GROUPS, w=W, b=B)


def test_without_a_bias(check):
    check("float[N,4] x => float[N,3] y", "y = Gemm(x, w)", "MatMul", groups=GROUPS, w=W)


def test_a_transposed_input_is_transposed(check):
    body = "y = Gemm<transA=1>(x, w, b)"
    check("float[4,N] x => float[N,3] y", body, "Transpose MatMul Add", groups=GROUPS, w=W, b=B[:3])


def test_varying_weights_stay_when_they_would_be_transposed(check):
    body = "y = Gemm<transB=1>(x, z)"
    check("float[N,3] x, float[4,3] z => float[N,4] y", body, "Gemm", groups=GROUPS)
    check("float[N,3] x, float[3,4] z => float[N,4] y", body.replace("<transB=1>", ""), "MatMul", groups=GROUPS)


def test_a_varying_bias_stays_when_it_would_be_scaled(check):
    body = "y = Gemm<beta=2.0>(x, w, z)"
    check("float[N,4] x, float[3] z => float[N,3] y", body, "Gemm", groups=GROUPS, w=W)
