from __future__ import annotations

import onnx_ir as ir

from modelwright.passes.finalize import finalize


def test_order_names_shapes_and_opsets(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 4])
    first = b.op.Neg(x)
    second = b.op.Abs(first)
    b.output(second, "y")
    graph = b.model.graph
    node = first.producer()
    graph.remove(node)
    graph.append(node)
    node.name = None
    first.name = None
    graph.opset_imports["com.example"] = 1
    finalize(b.model)
    assert [item.op_type for item in graph] == ["Neg", "Abs"]
    assert node.name
    assert first.name
    assert first.shape == ir.Shape(["N", 4])
    assert first.dtype is ir.DataType.FLOAT
    assert dict(graph.opset_imports) == {"": 17}
    b.run(b.feeds())
