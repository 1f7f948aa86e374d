import re

import onnx
import onnx_ir as ir
import pytest
from onnx import helper

from modelwright.verify.diff.findings import Aspect, Change
from modelwright.verify.diff.graph import diff_graphs, match_models, node_label

CHAIN = """
g (float[N, 3] x) => (float[N, 3] y) {
    [first] a = Relu (x)
    [second] b = Elu <alpha = 0.5> (a)
    [third] c = Abs (b)
    [fourth] d = Relu (c)
    [fifth] e = Neg (d)
    [sixth] y = Relu (e)
}
"""


def _diff(a, b):
    return diff_graphs(a, b, match_models(a, b))


def _nodes(found):
    return [(node.change.value, node.op_type, node.a, node.b) for node in found.nodes]


def test_a_model_is_like_itself(model):
    found = _diff(model(CHAIN), model(CHAIN))
    assert (found.nodes, found.properties, found.matched, found.operators) == ((), (), 6, {})


def test_names_play_no_part_in_matching(model):
    renamed = CHAIN
    for place, name in enumerate(["first", "second", "third", "fourth", "fifth", "sixth"]):
        renamed = renamed.replace(f"[{name}]", f"[n{place}]")
    for name in "abcde":
        renamed = renamed.replace(f"({name})", f"(v{name})").replace(f"] {name} =", f"] v{name} =")
    found = _diff(model(CHAIN), model(renamed))
    assert {node.change for node in found.nodes} == {Change.RENAMED}
    assert [(node.a, node.b) for node in found.nodes][:2] == [("first", "n0"), ("second", "n1")]


def test_models_without_any_node_names(model):
    bare = re.sub(r"\[\w+\] (?=\w+ =)", "", CHAIN)
    a, b = model(bare), model(bare.replace("0.5", "0.25"))
    assert all(not node.name for node in a.graph)
    found = _diff(a, b)
    assert _nodes(found) == [("changed", "Elu", "b", "b")]
    assert node_label(next(iter(a.graph))) == "a"


def test_an_attribute_that_changed_and_one_at_its_default(model):
    found = _diff(model(CHAIN), model(CHAIN.replace("<alpha = 0.5>", "")))
    assert _nodes(found) == [("changed", "Elu", "second", "second")]
    assert [(item.what, item.a, item.b) for item in found.nodes[0].details] == [("alpha", "0.5", "1")]
    assert not _diff(model(CHAIN.replace("0.5", "1.0")), model(CHAIN.replace("<alpha = 0.5>", ""))).nodes


def test_a_node_put_in_between_when_all_numbers_shift(model):
    """Exporters number nodes: after an insertion every later name means another node."""
    numbered = """
g (float[N, 3] x) => (float[N, 3] y) {
    [Relu_0] a = Relu (x)
    [Abs_1] b = Abs (a)
    [Relu_2] c = Relu (b)
    [Abs_3] d = Abs (c)
    [Relu_4] y = Relu (d)
}
"""
    more = """
g (float[N, 3] x) => (float[N, 3] y) {
    [Relu_0] a = Relu (x)
    [Abs_1] b = Abs (a)
    [Neg_2] n = Neg (b)
    [Relu_3] c = Relu (n)
    [Abs_4] d = Abs (c)
    [Relu_5] y = Relu (d)
}
"""
    found = _diff(model(numbered), model(more))
    assert sorted(_nodes(found)) == [
        ("added", "Neg", "", "Neg_2"),
        ("changed", "Relu", "Relu_2", "Relu_3"),
        ("renamed", "Abs", "Abs_3", "Abs_4"),
        ("renamed", "Relu", "Relu_4", "Relu_5"),
    ]
    changed = next(node for node in found.nodes if node.change is Change.CHANGED)
    assert [(item.what, item.a, item.b) for item in changed.details] == [("input 0", "Abs Abs_1", "Neg Neg_2")]
    assert found.operators == {"Neg": (0, 1)}


def test_a_node_that_is_gone_and_two_changes_at_once(model):
    other = CHAIN.replace("    [third] c = Abs (b)\n", "").replace("Relu (c)", "Relu (b)").replace("Neg", "Exp")
    found = _diff(model(CHAIN), model(other))
    assert ("removed", "Abs", "third", "") in _nodes(found)
    assert {("removed", "Neg", "fifth", ""), ("added", "Exp", "", "fifth")} <= set(_nodes(found))


def test_twins_are_kept_apart_by_name_and_by_place(model):
    text = """
g (float[2, 2] x) => (float[2, 2] y)
    <float[2, 2] w = {1, 2, 3, 4},
     float[2, 2] v = {4, 3, 2, 1}, float[2, 2] u = {4, 3, 2, 2}> {
    [q] a = MatMul (x, w)
    [k] b = MatMul (x, v)
    c = Mul (a, b)
    y = Relu (c)
}
"""
    a, b = model(text), model(text.replace("(x, v)", "(x, u)"))
    match = match_models(a, b)
    assert {node.name: other.name for node, other in match.nodes.items() if node.name} == {"q": "q", "k": "k"}


def test_inputs_outputs_opsets_metadata_and_declared_shapes(model):
    text = "g (float[N, 3] x, float[3] s) => (float[N, 3] y) <float[N, 3] a> { a = Relu (x) y = Add (a, s) }"
    other = "h (double[N, 3] x, double[4] t) => (double[N, 3] z) <double[N, 3] a> { a = Relu (x) z = Add (a, t) }"
    a, b = model(text), model(other, opset=18)
    b.producer_name = "someone"
    b.metadata_props["author"] = "<me>"
    found = {item.what: (item.aspect, item.a, item.b) for item in _diff(a, b).properties}
    assert found["input x"] == (None, "float32[N, 3]", "float64[N, 3]")
    assert found["input s"] == (None, "float32[3]", "")
    assert found["input t"] == (None, "", "float64[4]")
    assert found["name of output"] == (Aspect.NAMES, "y", "z")
    assert found["opset ai.onnx"] == (Aspect.OPSET, "17", "18")
    assert found["producer"] == (Aspect.METADATA, "", "someone")
    assert found["metadata author"] == (Aspect.METADATA, "", "<me>")
    assert found["graph name"] == (Aspect.METADATA, "g", "h")
    assert found["tensor a"] == (Aspect.SHAPES, "float32[N, 3]", "float64[N, 3]")


BRANCHES = """
g (bool p, float[2] x) => (float[2] y) {
    [pick] y = If (p) <
        then_branch = t () => (float[2] a) { [inner] i = Elu <alpha = 0.5> (x) [last] a = Relu (i) },
        else_branch = e () => (float[2] b) { [other] b = Neg (x) }>
}
"""


def test_what_changed_inside_a_subgraph_is_said_there(model):
    found = _diff(model(BRANCHES), model(BRANCHES.replace("0.5", "0.25")))
    assert [(node.inside, node.a, node.details[0].what) for node in found.nodes] == [
        ("pick/then_branch/", "inner", "alpha")
    ]


@pytest.mark.parametrize("kind", ["tensor", "function"])
def test_tensors_in_attributes_and_functions(kind):
    def make(value):
        fill = helper.make_node(
            "ConstantOfShape",
            ["s"],
            ["y"],
            name="fill",
            value=helper.make_tensor("", onnx.TensorProto.FLOAT, [1], [value]),
        )
        inner = helper.make_node("Elu", ["x"], ["r"], alpha=value)
        function = helper.make_function("f", "Act", ["x"], ["r"], [inner], [helper.make_opsetid("", 17)])
        call = helper.make_node("Act", ["y"], ["z"], domain="f", name="call")
        graph = helper.make_graph(
            [fill, call],
            "g",
            [helper.make_tensor_value_info("s", onnx.TensorProto.INT64, [1])],
            [helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [None])],
        )
        imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
        proto = helper.make_model(graph, opset_imports=imports, functions=[function])
        return ir.serde.deserialize_model(proto)

    found = {node.inside + node.a: node for node in _diff(make(0.5), make(0.75)).nodes}
    if kind == "tensor":
        assert found["fill"].details[0].a == "float32[1] [0.5]"
    else:
        assert found["function f::Act/r"].details[0].what == "alpha"


def test_a_subgraph_that_reads_a_constant_from_outside(model):
    text = """
g (bool p, float[2] x) => (float[2] y) {
    two = Constant <value_float = 2.0> ()
    [pick] y = If (p) <
        then_branch = t () => (float[2] a) { [one] b = Mul (x, two) [last] a = Elu <alpha = 0.5> (b) },
        else_branch = e () => (float[2] c) { [other] c = Sub (x, two) }>
}
"""
    assert not _diff(model(text), model(text)).nodes
    found = _diff(model(text), model(text.replace("0.5", "0.25")))
    assert [(node.inside, node.a) for node in found.nodes] == [("pick/then_branch/", "last")]
