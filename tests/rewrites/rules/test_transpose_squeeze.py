from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("axis", [1, -3])
def test_squeeze_goes_first(check, axis):
    body = "a = Transpose <perm = [0,2,3,1]> (x) y = Squeeze(a, i)"
    check("float[2,5,1,4] x => float[2,4,5] y", body, "Squeeze Transpose", i=np.array([axis]))


def test_a_transpose_of_the_squeezed_axis_alone_goes(check):
    body = "a = Transpose <perm = [0,2,1,3]> (x) b = Squeeze(a, i) y = Neg(b)"
    check("float[2,1,5,4] x => float[2,5,4] y", body, "Squeeze Neg", only="Squeeze before Transpose", i=np.array([2]))


def test_transpose_goes_before_unsqueeze(check):
    body = "a = Unsqueeze(x, i) y = Transpose <perm = [0,3,1,2]> (a)"
    check("float[2,5,4] x => float[2,4,1,5] y", body, "Transpose Unsqueeze", i=np.array([1]))


def test_two_axes_at_once(check):
    body = "a = Unsqueeze(x, i) y = Transpose <perm = [3,0,4,2,1]> (a)"
    check("float[2,5,4] x => float[1,2,4,5,1] y", body, "Transpose Unsqueeze", i=np.array([1, 3]))


def test_a_transpose_that_others_use_stays(check):
    body = "a = Transpose <perm = [0,2,3,1]> (x) b = Squeeze(a, i) y = Neg(b) z = Relu(a)"
    signature = "float[2,5,1,4] x => float[2,4,5] y, float[2,1,4,5] z"
    check(signature, body, "Transpose Squeeze Neg Relu", only="Squeeze before Transpose", i=np.array([1]))
