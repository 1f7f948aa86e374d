"""Names stay unique and readable."""

import onnx_ir as ir

from modelwright.hub.names import NameScope


def test_wishes_are_granted_once_and_numbered_after():
    names = NameScope({"conv"})
    assert [names.unique("conv"), names.unique("conv"), names.unique("relu")] == ["conv_1", "conv_2", "relu"]


def test_numbered_names_that_exist_are_skipped():
    names = NameScope({"conv", "conv_1"})
    assert names.unique("conv") == "conv_2"


def test_released_names_can_be_had_again():
    names = NameScope()
    names.unique("conv")
    names.release("conv")
    assert names.unique("conv") == "conv"


def test_a_scope_of_a_graph_knows_subgraphs():
    model = ir.from_onnx_text("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (bool c, float[2] x) => (float[2] y) {
            y = If (c) <
                then_branch = then () => (float[2] a) { a = Relu (x) },
                else_branch = other () => (float[2] b) { b = Neg (x) }
            >
        }
    """)
    names = NameScope.of_graph(model.graph)
    assert [names.unique(name) for name in ("a", "b", "x", "y", "z")] == ["a_1", "b_1", "x_1", "y_1", "z"]
