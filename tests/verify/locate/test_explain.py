from modelwright.verify.diff.findings import Change
from modelwright.verify.diff.graph import match_models
from modelwright.verify.locate.explain import explain

TEXT = """
g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
    [a] a = Elu <alpha = 0.5> (x)
    [b] b = Mul (a, w)
    [c] y = Neg (b)
}
"""


def _explained(model, other):
    match = match_models(model(TEXT), model(other))
    return explain(match, match.a.nodes, match.b.nodes)


def test_attributes_and_weights(model):
    nodes, weights = _explained(model, TEXT.replace("0.5", "0.25").replace("{1, 2}", "{1, 3}"))
    assert [(node.a, node.details[0].what) for node in nodes] == [("a", "alpha")]
    assert [(item.a, item.unequal, item.used_by) for item in weights] == [("w", 1, "b")]


def test_nodes_of_one_model_only(model):
    nodes, _ = _explained(model, TEXT.replace("[c] y = Neg (b)", "[n] n = Exp (b) [c] y = Neg (n)"))
    assert (Change.ADDED, "", "n") in [(node.change, node.a, node.b) for node in nodes]
    nodes, _ = _explained(model, TEXT.replace("[a] a = Elu <alpha = 0.5> (x)\n", "").replace("(a, w)", "(x, w)"))
    assert (Change.REMOVED, "a", "") in [(node.change, node.a, node.b) for node in nodes]


def test_subgraphs(model):
    text = """
g (bool p, float[2] x) => (float[2] y) {
    [pick] y = If (p) <
        then_branch = t () => (float[2] u) <float[2] v = {1, 2}> { [inner] u = Mul (x, v) },
        else_branch = e () => (float[2] w) { [other] w = Elu <alpha = 0.5> (x) }>
}
"""
    match = match_models(model(text), model(text.replace("{1, 2}", "{1, 3}").replace("0.5", "0.25")))
    nodes, weights = explain(match, match.a.nodes, match.b.nodes)
    assert [(node.inside, node.a) for node in nodes] == [("pick/else_branch/", "other")]
    assert [item.a for item in weights] == ["v"]
