from __future__ import annotations

import numpy as np

F = np.float32
CONSTANTS = {"three": F(3), "zero": F(0), "six": F(6), "sixth": F(1 / 6)}


def test_forms(check):
    signature = "float[99] x => float[99] y"
    gate = "a = Add(x, three) b = Clip(a, zero, six) "
    check(signature, gate + "c = Mul(x, b) y = Div(c, six)", "HardSwish", **CONSTANTS)
    check(signature, gate + "c = Mul(b, sixth) y = Mul(c, x)", "HardSwish", **CONSTANTS)
    gate = "a = Add(three, x) r = Relu(a) b = Min(r, six) "
    check(signature, gate + "c = Mul(sixth, x) y = Mul(c, b)", "HardSwish", **CONSTANTS)


def test_not_before_opset_14(check):
    body = "a = Add(x, three) b = Clip(a, zero, six) c = Mul(b, sixth) y = Mul(c, x)"
    check("float[9] x => float[9] y", body, "HardSigmoid Mul", opset=13, **CONSTANTS)


def test_another_operand_stays(check):
    body = "a = Add(x, three) b = Clip(a, zero, six) c = Mul(b, sixth) y = Mul(c, z)"
    check("float[9] x, float[9] z => float[9] y", body, "HardSigmoid Mul", **CONSTANTS)
