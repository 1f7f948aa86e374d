from __future__ import annotations

import numpy as np

from modelwright.passes.clean import remove_unused, share_equal
from modelwright.rewrites.context import RewriteContext


def test_unused_nodes_and_weights_go_and_inputs_stay(new_bench):
    b = new_bench()
    x = b.input("x", [2])
    b.input("unused", [2])
    b.op.Add(b.op.Neg(x), b.floats(2))
    b.output(b.op.Abs(x), "y")
    assert b.same(lambda model: remove_unused(RewriteContext(model.graph, 17))) == {"Abs": 1}
    assert not b.model.graph.initializers
    assert len(b.model.graph.inputs) == 2


def test_equal_weights_and_nodes_become_one(new_bench):
    b = new_bench()
    x = b.input("x", [2])
    weight = np.ones(2, np.float32)
    left = b.op.Exp(b.op.Add(x, b.op.constant(weight, name="a")))
    right = b.op.Exp(b.op.Add(x, b.op.constant(weight, name="b")))
    b.output(b.op.Mul(left, right), "y")
    assert b.same(lambda model: share_equal(RewriteContext(model.graph, 17))) == {"Add": 1, "Exp": 1, "Mul": 1}
    assert list(b.model.graph.initializers) == ["a"]


def test_other_dtypes_attributes_and_random_numbers_stay_apart(new_bench):
    b = new_bench()
    x = b.input("x", [2, 2])
    b.output(b.op.Add(b.op.Softmax(x, axis=0), b.op.Softmax(x, axis=1)), "y")
    noise = [b.op.Mul(b.op.RandomNormalLike(x), np.float32(0)) for _ in range(2)]
    b.output(b.op.Add(*noise), "z")
    counts = b.same(lambda model: share_equal(RewriteContext(model.graph, 17)))
    assert counts["Softmax"] == counts["RandomNormalLike"] == 2


def test_outputs_are_not_merged(new_bench):
    b = new_bench()
    x = b.input("x", [2])
    b.output(b.op.Neg(x), "y")
    b.output(b.op.Neg(x), "z")
    assert b.same(lambda model: share_equal(RewriteContext(model.graph, 17))) == {"Neg": 2}


def test_stored_weights_keep_zero_points_of_their_own(new_bench):
    b = new_bench()
    x = b.input("x", [4, 4])
    for name in ("a", "b"):
        parts = [
            b.op.constant(array, name=f"{name}_{part}")
            for part, array in (
                ("weight", np.arange(16, dtype=np.int8).reshape(4, 4)),
                ("scale", np.float32(0.1)),
                ("zero", np.int8(0)),
            )
        ]
        x = b.op.MatMul(x, b.op.DequantizeLinear(*parts))
    b.output(x, "y")
    b.same(lambda model: share_equal(RewriteContext(model.graph, 17)))
    assert sorted(b.model.graph.initializers) == ["a_scale", "a_weight", "a_zero", "b_weight", "b_zero"]
