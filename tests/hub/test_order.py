"""Order is checked, and restored where it is missing."""

import onnx_ir as ir

from modelwright.hub.order import ensure_sorted, is_sorted

TEXT = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] z) {
        y = Relu (x)
        z = If (c) <
            then_branch = then () => (float[2] a) { a = Neg (y) },
            else_branch = other () => (float[2] b) { b = Identity (y) }
        >
    }
"""


def test_a_parsed_graph_is_sorted():
    assert is_sorted(ir.from_onnx_text(TEXT).graph)


def test_a_value_used_only_by_a_subgraph_must_come_before_it():
    graph = ir.from_onnx_text(TEXT).graph
    relu = graph[0]
    graph.remove(relu)
    graph.append(relu)
    assert not is_sorted(graph)
    ensure_sorted(graph)
    assert [node.op_type for node in graph] == ["Relu", "If"]
