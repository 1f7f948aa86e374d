from __future__ import annotations

import numpy as np

F = np.float32
G, B = np.array([1, 2, 3, 4, 5], F), np.array([5, 3, 1, 0, 2], F)
STATISTICS = (
    "m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) q = Mul(d, d) v = ReduceMean<axes=[2]>(q) w = Add(v, e) s = Sqrt(w) "
)
SIGNATURE = "float[N,3,5] x => float[N,3,5] y"
CONSTANTS = {"e": F(1e-3), "g": G, "b": B}


def test_division_form(check):
    body = STATISTICS + "n = Div(d, s) k = Mul(n, g) y = Add(k, b)"
    check(SIGNATURE, body, "LayerNormalization", atol=1e-4, **CONSTANTS)


def test_line_form(check):
    body = STATISTICS + "r = Reciprocal(s) k = Mul(r, g) p = Mul(x, k) u = Mul(m, k) t = Sub(b, u) y = Add(p, t)"
    check(SIGNATURE, body, "LayerNormalization", atol=1e-4, **CONSTANTS)


def test_line_form_with_a_negated_mean(check):
    body = (
        STATISTICS
        + "r = Reciprocal(s) k = Mul(g, r) u = Neg(m) z = Mul(u, k) t = Add(z, b) p = Mul(k, x) y = Add(t, p)"
    )
    check(SIGNATURE, body, "LayerNormalization", atol=1e-4, **CONSTANTS)


def test_scale_inside(check):
    body = STATISTICS + "r = Reciprocal(s) k = Mul(g, r) p = Mul(d, k) y = Add(p, b)"
    check(SIGNATURE, body, "LayerNormalization", atol=1e-4, **CONSTANTS)


def test_two_last_axes_and_no_scale(check):
    body = "m = ReduceMean<axes=[1,2]>(x) d = Sub(x, m) q = Pow(d, two) v = ReduceMean<axes=[1,2]>(q) w = Add(v, e) "
    body += "s = Sqrt(w) n = Div(d, s) y = Add(n, b)"
    check(SIGNATURE, body, "LayerNormalization", atol=1e-4, two=F(2), **{**CONSTANTS, "b": np.ones((3, 5), F)})


def test_an_axis_in_the_middle_stays(check):
    body = "m = ReduceMean<axes=[1]>(x) d = Sub(x, m) q = Mul(d, d) v = ReduceMean<axes=[1]>(q) w = Add(v, e) "
    body += "s = Sqrt(w) n = Div(d, s) y = Add(n, b)"
    check(SIGNATURE, body, "ReduceMean Sub Mul ReduceMean Add Sqrt Div Add", **CONSTANTS)


def test_not_before_opset_17(check):
    body = STATISTICS + "n = Div(d, s) k = Mul(n, g) y = Add(k, b)"
    check(SIGNATURE, body, "ReduceMean Sub Mul ReduceMean Add Sqrt Div Mul Add", opset=16, **CONSTANTS)
