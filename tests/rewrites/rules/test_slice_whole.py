from __future__ import annotations

import numpy as np

FAR = 2**63 - 1


def test_goes(check):
    constants = {"s": np.array([0, 0]), "e": np.array([FAR, 3]), "a": np.array([0, 2])}
    check("float[N,2,3] x => float[N,2,3] y", "b = Slice(x, s, e, a) y = Neg(b)", "Neg", **constants)


def test_cuts_and_reversals_stay(check):
    constants = {"s": np.array([0]), "e": np.array([2]), "a": np.array([1]), "t": np.array([2])}
    check("float[2,3] x => float[2,2] y", "y = Slice(x, s, e, a)", "Slice", **constants)
    constants["e"] = np.array([3])
    check("float[2,3] x => float[2,2] y", "y = Slice(x, s, e, a, t)", "Slice", **constants)
