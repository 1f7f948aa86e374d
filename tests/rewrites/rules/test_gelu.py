from __future__ import annotations

import numpy as np

F = np.float32


def test_erf(check):
    constants = {"root": F(2**0.5), "one": F(1), "half": F(0.5)}
    body = "a = Div(x, root) e = Erf(a) b = Add(e, one) h = Mul(x, half) y = Mul(h, b)"
    check("float[99] x => float[99] y", body, "Gelu", opset=20, **constants)
    check("float[9] x => float[9] y", body, "Div Erf Add Mul Mul", opset=17, **constants)


def test_tanh(check):
    constants = {"c": F(0.044715), "s": F((2 / np.pi) ** 0.5), "one": F(1), "half": F(0.5), "three": F(3)}
    body = "p = Pow(x, three) q = Mul(p, c) r = Add(x, q) t = Mul(r, s) u = Tanh(t) "
    body += "v = Add(one, u) w = Mul(half, v) y = Mul(x, w)"
    check("float[99] x => float[99] y", body, "Gelu", opset=20, atol=1e-4, **constants)
