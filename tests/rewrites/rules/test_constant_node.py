from __future__ import annotations


def test_becomes_an_initializer(check):
    model = check("float[2] x => float[2] y", "c = Constant<value = float[2] {1.0, 2.0}>() y = Add(x, c)", "Add")
    assert list(model.graph.initializers) == ["c_1"]


def test_numbers_and_lists(check):
    body = "c = Constant<value_floats = [1.0, 2.0]>() d = Constant<value_float = 3.0>() a = Add(x, c) y = Mul(a, d)"
    check("float[2] x => float[2] y", body, "Add Mul")
