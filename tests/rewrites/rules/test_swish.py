from __future__ import annotations

import numpy as np

F = np.float32
SIGNATURE = "float[99] x => float[99] y"


def test_silu_and_swish(check):
    check(SIGNATURE, "a = Sigmoid(x) y = Mul(x, a)", "Swish", opset=24)
    check(SIGNATURE, "b = Mul(x, two) a = Sigmoid(b) y = Mul(a, x)", "Swish", opset=24, two=F(1.7))


def test_not_before_opset_24(check):
    check(SIGNATURE, "a = Sigmoid(x) y = Mul(x, a)", "Sigmoid Mul", opset=23)


def test_other_gates_stay(check):
    check("float[9] x, float[9] z => float[9] y", "a = Sigmoid(z) y = Mul(x, a)", "Sigmoid Mul", opset=24)
    check(SIGNATURE, "b = Add(x, one) a = Sigmoid(b) y = Mul(x, a)", "Add Sigmoid Mul", opset=24, one=F(1))
