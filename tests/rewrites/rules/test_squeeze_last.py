from __future__ import annotations

import numpy as np

AXIS = {"i": np.array([2])}


def test_one_operand(check):
    body = "a = Squeeze(x, i) b = Relu(a) y = Unsqueeze(b, i)"
    check("float[2,3,1,4] x => float[2,3,1,4] y", body, "Relu", **AXIS)


def test_attributes_are_kept(check):
    body = "a = Squeeze(x, i) b = LeakyRelu <alpha = 0.3> (a) y = Unsqueeze(b, i)"
    check("float[2,3,1,4] x => float[2,3,1,4] y", body, "LeakyRelu", **AXIS)


def test_a_constant_gets_the_axis_too(check):
    body = "a = Squeeze(x, i) b = Sub(c, a) y = Unsqueeze(b, i)"
    constant = np.array([[1.0], [-2.0], [3.0]], np.float32)
    check("float[2,3,1,4] x => float[2,3,1,4] y", body, "Sub", c=constant, **AXIS)


def test_bounds_of_clip(check):
    body = "a = Squeeze(x, i) b = Clip(a, low) y = Unsqueeze(b, i)"
    check("float[2,3,1,4] x => float[2,3,1,4] y", body, "Clip", low=np.array(0.25, np.float32), **AXIS)


def test_two_squeezed_operands(check):
    body = "a = Squeeze(x, i) b = Squeeze(w, i) c = Add(a, b) y = Unsqueeze(c, i)"
    check("float[2,3,1,4] x, float[1,3,1,1] w => float[2,3,1,4] y", body, "Add", **AXIS)


def test_an_operand_that_is_not_squeezed_keeps_it_apart(check):
    body = "a = Squeeze(x, i) y = Add(a, w)"
    check(
        "float[2,3,1,4] x, float[2,3,4] w => float[2,3,4] y",
        body,
        "Squeeze Add",
        only="Squeeze behind elementwise",
        **AXIS,
    )
