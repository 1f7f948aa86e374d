from modelwright.targets.standard import Standard

TWO = "g (float[2] x) => (float[2] y) { a = Relu<alpha=1.0>(x)\n b = Relu<alpha=1.0>(a)\n y = Relu(b) }"


def test_what_is_not_valid_is_told_of_each_node(make_facts):
    facts = make_facts(TWO)
    standard = Standard(facts)
    causes = [standard.cause(node) for node in facts.nodes]
    assert [cause is not None for cause in causes] == [True, True, False]
    assert causes[0].code == 2
    assert "alpha" in causes[0].message
    assert causes[0].remedy


def test_behind_an_unknown_operator_only_attributes_are_judged(make_facts):
    text = """g (float[2] x, int64[2] n) => (float[2] y, float[2] z) { a = own.Thing(x)
 y = Relu<alpha=1.0>(a)
 z = Add(a, n) }"""
    facts = make_facts(text, opset='"" : 17, "own" : 1')
    standard = Standard(facts)
    assert [standard.cause(node) is not None for node in facts.nodes] == [False, True, False]


def test_operators_that_the_standard_lacks(make_facts):
    facts = make_facts(
        "g (float[2] x) => (float[2] y) { a = Rleu(x)\n b = own.Thing(a)\n y = Gelu(b) }", opset='"" : 17, "own" : 1'
    )
    standard = Standard(facts)
    assert [standard.lacks(node) for node in facts.nodes] == [True, False, True]
