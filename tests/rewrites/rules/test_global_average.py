from __future__ import annotations

import numpy as np

F = np.float32


def test_spatial_axes(check):
    check("float[N,2,5,4] x => float[N,2,1,1] y", "y = ReduceMean<axes=[2,3]>(x)", "GlobalAveragePool")
    body = "y = ReduceMax<axes=[-1,-2], keepdims=0>(x)"
    check("float[N,2,5,4] x => float[N,2] y", body, "GlobalMaxPool Squeeze")


def test_other_axes_stay(check):
    check("float[N,2,5,4] x => float[N,1,1,4] y", "y = ReduceMean<axes=[1,2]>(x)", "ReduceMean")
