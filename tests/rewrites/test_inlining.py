from __future__ import annotations

import numpy as np

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.inlining import inline_body

BODY = """
y = Loop (m, , x) <
  body = step (int64 i, bool go, float[2] v) => (bool go2, float[2] v2) <float[2] k = {1.0, 2.0}>
  { go2 = Identity(go) v2 = Mul(v, k) }
>
"""


def test_inputs_are_replaced_and_names_are_new(make):
    model = make("float[2] x => float[2] y", BODY, {"m": np.array(1)}, 17)
    context = RewriteContext(model.graph, 17)
    (loop,) = model.graph
    op = context.before(loop)
    values = [op.constant(np.asarray(0)), op.constant(np.asarray(True)), model.graph.inputs[0]]
    go, out = inline_body(context, loop, loop.attributes["body"].as_graph(), values)
    assert [node.op_type for node in model.graph] == ["Identity", "Mul", "Loop"]
    assert out.producer().inputs[0] is model.graph.inputs[0]
    assert out.producer().inputs[1].const_value.numpy().tolist() == [1.0, 2.0]
    assert out.producer().inputs[1].name in model.graph.initializers
    assert go.producer().inputs[0] is values[1]
    assert [node.op_type for node in context.take_emitted()] == ["Identity", "Mul"]
    assert not list(loop.attributes["body"].as_graph())
