import numpy as np

from modelwright.targets.facts import ModelFacts, is_weight

BRANCHES = """g (float[2] x, bool c) => (float[2] y, float[2] z) {
  [first] a = Relu(x)
  [choice] y = If(c) <then_branch = t () => (float[2] p) { [inside] p = Neg(a) },
    else_branch = e () => (float[2] q) { q = Abs(a) }>
  [last] z = Neg(y)
}"""


def test_bodies_follow_their_owner(make_facts):
    facts = make_facts(BRANCHES)
    assert [(node.name, node.type, node.inner) for node in facts.nodes] == [
        ("first", "Relu", False),
        ("choice", "If", False),
        ("inside", "Neg", True),
        ("q", "Abs", True),
        ("last", "Neg", False),
    ]


def test_domains_are_part_of_the_type(make_facts):
    facts = make_facts("g (float[2] x) => (float[2] y) { y = own.Gelu(x) }", opset='"" : 17, "own" : 3')
    assert facts.nodes[0].type == "own:Gelu"
    assert facts.nodes[0].opset == 3


def test_the_sources_layer_comes_first(make_facts):
    facts = make_facts("g (float[2] x) => (float[2] y) { [node] y = Relu(x) }")
    next(iter(facts.model.graph)).meta["source"] = "block/relu"
    assert ModelFacts(facts.model, path="m", source="tensorflow").nodes[0].name == "block/relu"


def test_weights_and_constants(make_facts):
    facts = make_facts(
        "g (float[2] x) => (float[2] y) <float[2] w = {1, 2}>"
        "{ c = Constant<value_ints=[3]>()\n a = Add(x, w)\n y = Tile(a, c) }"
    )
    add, tile = facts.nodes[1].node, facts.nodes[2].node
    assert [is_weight(value) for value in (*add.inputs, *tile.inputs)] == [False, True, False, True]
    assert np.array_equal(facts.constant(tile.inputs[1]), [3])
    assert [value.name for value in facts.tensors(facts.nodes[1])] == ["x", "a"]


def test_large_constants_are_not_read(make_facts):
    numbers = ", ".join(["1"] * 1025)
    facts = make_facts(f"g (float[1025] x) => (float[1025] y) <float[1025] w = {{{numbers}}}> {{ y = Add(x, w) }}")
    assert facts.constant(facts.nodes[0].node.inputs[1]) is None


def test_inputs_without_those_that_have_a_value(make_facts):
    facts = make_facts("g (float[N, 2] x, float[2] w) => (float[N, 2] y) <float[2] w = {1, 2}> { y = Add(x, w) }")
    assert [str(item) for item in facts.inputs()] == ["x: float32[N, 2]"]


def test_names_of_further_files(make_facts):
    text = "g (float[2] x) => (float[2] y) { y = Relu(x) }"
    assert [make_facts(text, path=path).stem for path in ("d/m.onnx", "saved/", "a.b/saved")] == [
        "d/m",
        "saved",
        "a.b/saved",
    ]
