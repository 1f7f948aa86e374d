from __future__ import annotations

import numpy as np


def test_the_same_shape_goes(check):
    check("float[N,2,3] x => float[N,2,3] y", "a = Reshape(x, s) y = Neg(a)", "Neg", s=np.array([-1, 2, 3]))


def test_another_shape_stays(check):
    check("float[2,3] x => float[3,2] y", "y = Reshape(x, s)", "Reshape", s=np.array([3, 2]))


def test_one_dimension_follows_from_the_others(check):
    check("float[N,4] x => float[M,4] y", "a = Reshape(x, s) y = Neg(a)", "Neg", s=np.array([-1, 4]))


def test_an_unknown_batch_is_as_large_as_the_reshape_says(check):
    body = "a = Neg(x) b = Reshape(a, s) y = Neg(b)"
    check("float[N,4] x => float[M,4] y", body, "Neg Neg", s=np.array([3, 4]))
