from __future__ import annotations

import numpy as np


def test_goes(check):
    check("float[2] x => float[2] y", "a = Pad(x, p) y = Neg(a)", "Neg", p=np.array([0, 0]))
