from __future__ import annotations

import numpy as np

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.uniform import Uniform, constant_array, emit_uniform, is_uniform, uniform_of


def context_of(make):
    model = make(
        "float[2] x => float[2,3] y, float[2] z",
        "y = ConstantOfShape(s) z = Add(x, k)",
        {"s": np.array([2, 3]), "k": np.float32([1, 2])},
        17,
    )
    return model, RewriteContext(model.graph, 17)


def test_the_default_number_is_zero(make):
    model, context = context_of(make)
    found = uniform_of(context, model.graph.outputs[0])
    assert found.shape == (2, 3)
    assert found.array().strides == (0, 0)
    np.testing.assert_array_equal(constant_array(context, model.graph.outputs[0]), np.zeros((2, 3)))


def test_other_values_are_not_uniform(make):
    model, context = context_of(make)
    assert uniform_of(context, model.graph.outputs[1]) is None
    assert uniform_of(context, model.graph.inputs[0]) is None
    np.testing.assert_array_equal(constant_array(context, model.graph.initializers["k"]), [1, 2])


def test_what_is_emitted_is_read_again(make):
    model, context = context_of(make)
    op = context.at_end_of(model.graph)
    value = emit_uniform(op, Uniform(shape=(4, 1), number=np.asarray(7, np.int32)))
    found = uniform_of(context, value)
    assert (found.shape, int(found.number), found.number.dtype) == ((4, 1), 7, np.int32)


def test_is_uniform():
    assert is_uniform(np.ones((2, 2)))
    assert not is_uniform(np.arange(2))
    assert not is_uniform(np.ones((0, 3)))
