from modelwright.targets.profile import Ways
from modelwright.targets.remedies import cut, pin_opset, without

CHAIN = "g (float[2] x) => (float[2] y) { [a] p = Relu(x)\n [b] q = Erf(p)\n [c] y = Neg(q) }"
WAYS = Ways(cut="or use --out_nodes {tensors}", custom="write one")


def test_cut_before_a_node(make_facts):
    facts = make_facts(CHAIN)
    text = cut(facts, facts.nodes[1], WAYS)
    assert "`modelwright convert onnx --input m.onnx --output m.part.onnx --outputs p`" in text
    assert "--out_nodes p" in text


def test_begin_behind_a_node_that_takes_the_inputs(make_facts):
    facts = make_facts(CHAIN)
    assert "--inputs p`" in cut(facts, facts.nodes[0], WAYS)


def test_a_model_of_one_node_cannot_be_cut(make_facts):
    facts = make_facts("g (float[2] x) => (float[2] y) { y = Erf(x) }")
    assert cut(facts, facts.nodes[0], WAYS) == ""
    assert without(facts, facts.nodes[0], WAYS) == "rebuild it from supported operators; or write one"


def test_names_with_special_characters_are_quoted(make_facts):
    facts = make_facts(CHAIN, path="my model.onnx")
    facts.nodes[0].node.outputs[0].name = "a b;c"
    assert "--input 'my model.onnx' --output 'my model.part.onnx' --outputs 'a b;c'" in cut(facts, facts.nodes[1], WAYS)


def test_bodies_are_not_cut(make_facts):
    facts = make_facts(
        "g (float[2] x, bool c) => (float[2] y) { y = If(c) <then_branch = t () => (float[2] p) { p = Neg(x) },"
        " else_branch = e () => (float[2] q) { q = Abs(x) }> }"
    )
    assert cut(facts, facts.nodes[1], WAYS) == ""


def test_another_opset(make_facts):
    assert pin_opset(make_facts(CHAIN, path="d/m.onnx"), 13).endswith("--output d/m.opset13.onnx --opset 13`")
