from __future__ import annotations


def test_is_a_division(check):
    body = "s = Sqrt(z) r = Reciprocal(s) y = Mul(r, x)"
    check("float[3] x, float[3] w => float[3] y", "z = Mul(w, w) " + body, "Mul Sqrt Div")
