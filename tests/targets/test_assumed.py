from modelwright.targets.assumed import AssumedTypes


def test_assumed_dtypes_follow_the_producer(make_facts):
    facts = make_facts("g (int64[2] x) => (int64[2] y) { a = own.Thing(x)\n y = Neg(a) }", opset='"" : 17, "own" : 1')
    types = AssumedTypes(facts)
    value = facts.nodes[1].node.inputs[0]
    assert types.dtype(value).name == "INT64"
    assert types.assumed == "a is int64"


def test_what_is_known_is_not_assumed(make_facts):
    facts = make_facts("g (int64[2] x) => (int64[2] y) { y = Neg(x) }")
    types = AssumedTypes(facts)
    assert types.dtype(facts.nodes[0].node.inputs[0]).name == "INT64"
    assert types.assumed == ""


def test_without_anything_to_go_by_it_is_float32(make_facts):
    facts = make_facts("g (float[2] x) => (float[2] y) { a = own.Make()\n y = Neg(a) }", opset='"" : 17, "own" : 1')
    types = AssumedTypes(facts)
    assert types.dtype(facts.nodes[1].node.inputs[0]).name == "FLOAT"
