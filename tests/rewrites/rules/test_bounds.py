from __future__ import annotations

import numpy as np

F = np.float32


def test_relu_then_min_is_clip(check):
    check("float[9] x => float[9] y", "a = Relu(x) y = Min(a, six)", "Clip", six=F(6))


def test_max_with_zero_is_relu(check):
    check("float[9] x => float[9] y", "y = Max(zero, x)", "Relu", zero=F(0))


def test_relu_of_clip_joins(check):
    check("float[9] x => float[9] y", "a = Clip(x, l, h) y = Relu(a)", "Clip", l=F(-1), h=F(2))


def test_disjoint_bounds(check):
    check("float[9] x => float[9] y", "a = Clip(x, , h) y = Clip(a, l)", "Clip", h=F(-1), l=F(2))


def test_relu_of_relu(check):
    check("float[9] x => float[9] y", "a = Relu(x) y = Relu(a)", "Relu")


def test_bounds_that_the_inner_one_has_already_go(check):
    check("float[9] x => float[9] y", "a = Clip(x, l, h) y = Clip(a, k)", "Clip", l=F(-1), h=F(2), k=F(-3))


def test_a_vector_stays(check):
    check("float[2] x => float[2] y", "y = Max(c, x)", "Max", c=np.array([0, 1], F))


def test_doubles_have_no_clip_before_opset_12(check):
    body = "y = Max(x, k)"
    check("double[3] x => double[3] y", body, "Max", opset=11, k=np.float64(0.5))
    check("double[3] x => double[3] y", body, "Clip", opset=12, k=np.float64(0.5))
