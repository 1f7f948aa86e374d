from __future__ import annotations

import numpy as np


def test_two_become_one(check):
    constants = {"s": np.array([-1, 6]), "t": np.array([-1, 3])}
    check("float[N,2,3] x => float[M,3] y", "a = Reshape(x, s) y = Reshape(a, t)", "Reshape", **constants)


def test_a_squeeze_inside_goes(check):
    constants = {"s": np.array([1]), "t": np.array([3, 2])}
    check("float[2,1,3] x => float[3,2] y", "a = Squeeze(x, s) y = Reshape(a, t)", "Reshape", **constants)


def test_copied_dimensions_must_be_the_same(check):
    constants = {"s": np.array([3, 2]), "t": np.array([0, 1, 2])}
    body = "a = Reshape(x, s) y = Reshape(a, t)"
    check("float[2,3] x => float[3,1,2] y", body, "Reshape Reshape", **constants)
    check("float[3,2] x => float[3,1,2] y", "a = Reshape(x, s) y = Reshape(a, t)", "Reshape", **constants)
