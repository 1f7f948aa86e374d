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


def test_zero_may_be_a_size(check):
    constants = {"s": np.array([-1, 6]), "t": np.array([-1, 3])}
    body = "a = Reshape<allowzero = 1>(x, s) y = Reshape<allowzero = 1>(a, t)"
    check("float[N,2,3] x => float[M,3] y", body, "Reshape", **constants)
    constants = {"s": np.array([3, 0]), "t": np.array([0, 5])}
    check("float[0,3] x => float[0,5] y", body, "Reshape Reshape", **constants)
