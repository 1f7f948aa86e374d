from __future__ import annotations

import numpy as np


def test_joins(check):
    constants = {"s": np.array([-1, 1, 6]), "a": np.array([1])}
    check("float[N,2,3] x => float[N,6] y", "b = Reshape(x, s) y = Squeeze(b, a)", "Reshape", **constants)
