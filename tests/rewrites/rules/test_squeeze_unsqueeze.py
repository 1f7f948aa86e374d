from __future__ import annotations

import numpy as np


def test_a_pair_goes(check):
    body = "a = Unsqueeze(x, i) b = Squeeze(a, j) y = Neg(b)"
    check("float[2,3] x => float[2,3] y", body, "Neg", i=np.array([-1]), j=np.array([2]))


def test_other_axes_stay_apart(check):
    body = "a = Squeeze(x, i) y = Unsqueeze(a, j)"
    constants = {"i": np.array([0]), "j": np.array([2])}
    check("float[1,2,3] x => float[2,3,1] y", body, "Squeeze Unsqueeze", only="Squeeze and Unsqueeze", **constants)
