from __future__ import annotations

import numpy as np

NEAREST = 'Resize<mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor">'


def scales(*factors):
    return np.array(factors, np.float32)


def test_factors_multiply(check):
    body = f"a = {NEAREST}(x, , s) y = {NEAREST}(a, , t)"
    check("float[1,2,3,4] x => float[1,2,6,12] y", body, "Resize", s=scales(1, 1, 2, 1), t=scales(1, 1, 1, 3))


def test_interpolation_stays(check):
    linear = 'Resize<mode="linear", coordinate_transformation_mode="asymmetric">'
    body = f"a = {linear}(x, , s) y = {linear}(a, , s)"
    check("float[1,2,3,4] x => float[1,2,12,16] y", body, "Resize Resize", s=scales(1, 1, 2, 2))
