from __future__ import annotations

import numpy as np

F = np.float32


def test_forms(check):
    constants = {"three": F(3), "zero": F(0), "six": F(6), "sixth": F(1 / 6), "half": F(0.5), "one": F(1)}
    body = "a = Add(x, three) b = Clip(a, zero, six) y = Mul(b, sixth)"
    check("float[99] x => float[99] y", body, "HardSigmoid", **constants)
    body = "a = Div(x, six) b = Add(a, half) y = Clip(b, zero, one)"
    check("float[99] x => float[99] y", body, "HardSigmoid", **constants)


def test_another_slope_stays(check):
    constants = {"three": F(3), "zero": F(0), "five": F(5)}
    body = "a = Add(x, three) b = Clip(a, zero, five) y = Div(b, five)"
    check("float[9] x => float[9] y", body, "Add Clip Div", **constants)
