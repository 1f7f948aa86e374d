from __future__ import annotations

from modelwright.passes.clean import remove_unused
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
