from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.passes.sharing import share_equal
from modelwright.rewrites.context import RewriteContext


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


def share(model) -> int:
    return share_equal(RewriteContext(model.graph, model.graph.opset_imports[""]))


def test_large_weights_are_compared_to_the_last_byte(new_bench):
    b = new_bench()
    x = b.input("x", [2, 100])
    weight = b.floats(100, 80)
    other = weight.copy()
    other[50, 50] += 1
    for number, array in enumerate((weight, weight.copy(), other)):
        b.output(b.op.MatMul(x, b.op.constant(array, name=f"w{number}")), f"y{number}")
    b.same(share)
    assert list(b.model.graph.initializers) == ["w0", "w2"]


def test_a_subgraph_takes_what_was_computed_outside(make_model):
    body = """
    a = Sigmoid(x)
    y = If(c) <
      then_branch = t () => (float[2] p) { q = Sigmoid(x) p = Neg(q) },
      else_branch = e () => (float[2] r) { r = Sigmoid(x) }
    >
    z = Abs(a)
    """
    model = make_model("float[2] x, bool c => float[2] y, float[2] z", body)
    assert share(model) == 1
    inner = [node.op_type for node in ir.traversal.RecursiveGraphIterator(model.graph)]
    assert inner == ["Sigmoid", "If", "Neg", "Sigmoid", "Abs"]  # an output of a branch keeps its node


def test_what_comes_later_or_in_a_sibling_is_not_taken(make_model):
    body = """
    y = If(c) <
      then_branch = t () => (float[2] p) { q = Sigmoid(x) p = Neg(q) },
      else_branch = e () => (float[2] r) { s = Sigmoid(x) r = Abs(s) }
    >
    a = Sigmoid(x)
    z = Abs(a)
    """
    assert share(make_model("float[2] x, bool c => float[2] y, float[2] z", body)) == 0


def test_an_output_stands_for_its_equals(new_bench):
    b = new_bench()
    x = b.input("x", [2])
    b.output(b.op.Neg(x), "y")
    b.output(b.op.Abs(b.op.Neg(x)), "z")
    assert b.same(share) == {"Neg": 1, "Abs": 1}
    c = new_bench()
    x = c.input("x", [2])
    c.output(c.op.Abs(c.op.Neg(x)), "z")
    c.output(c.op.Neg(x), "y")
    assert c.same(share) == {"Neg": 1, "Abs": 1}


def test_an_output_that_the_first_node_leaves_out(make_model):
    body = 'v, "" = TopK(x, k) w, i = TopK(x, k) y = Add(v, w)'
    model = make_model("float[5] x, int64[1] k => float[n] y, int64[n] i", body)
    assert share(model) == 1
    assert [value.name for value in model.graph.outputs] == ["y", "i"]
    assert [node.op_type for node in model.graph] == ["TopK", "Add"]


def test_convolutions_that_await_their_normalization_stay_apart(new_bench):
    b = new_bench()
    x = b.input("x", [1, 2, 3, 3])
    weight = b.op.constant(np.ones((2, 2, 1, 1), np.float32))
    ones, other = np.ones(2, np.float32), np.full(2, 3, np.float32)
    found = [b.op.BatchNormalization(b.op.Conv(x, weight), scale, ones, ones, ones) for scale in (ones, other)]
    b.output(b.op.Add(*found), "y")
    b.output(b.op.Sub(b.op.Relu(b.op.Conv(x, weight)), b.op.Exp(b.op.Conv(x, weight))), "z")
    counts = b.same(lambda model: share_equal(RewriteContext(model.graph, 17)))
    assert counts["Conv"] == 3
