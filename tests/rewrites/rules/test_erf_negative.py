from __future__ import annotations

import numpy as np


def test_becomes_the_usual_form(check):
    body = "a = Neg(x) b = Mul(a, c) e = Erf(b) y = Sub(one, e)"
    check("float[9] x => float[9] y", body, "Mul Erf Add", c=np.float32(0.7), one=np.float32(1))


def test_a_positive_argument_stays(check):
    body = "b = Mul(x, c) e = Erf(b) y = Sub(one, e)"
    check("float[9] x => float[9] y", body, "Mul Erf Sub", c=np.float32(0.7), one=np.float32(1))
