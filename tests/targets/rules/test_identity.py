import onnx_ir as ir

from modelwright.targets.rules.identity import unique_names


def test_layers_in_training_mode(codes):
    text = """g (float[1,1,2,2] x) => (float[1,1,2,2] y)
<float[1] s = {1}, float[1] b = {0}, float[1] m = {0}, float[1] v = {1}, bool t = {1}>
{ a, m1, v1 = BatchNormalization<training_mode=1>(x, s, b, m, v)
  y = Dropout(a, , t) }"""
    assert codes(text, "no-training") == [10, 10]
    assert codes(text.replace("=1>", "=0>").replace("t = {1}", "t = {0}"), "no-training") == []


def test_optimizers_and_losses(codes):
    text = """<ir_version: 8, opset_import: ["" : 17, "ai.onnx.preview.training" : 1]>
g (float r, int64 t, float[1] x, float[1] gr, float[1] v) => (float[1] nx, float[1] nv, float l, int64[1] tt)
{ nx, nv = ai.onnx.preview.training.Momentum<alpha=0.9, beta=1.0, mode="standard", norm_coefficient=0.0>(r, t, x, gr, v)
  l = SoftmaxCrossEntropyLoss(x, tt) }"""
    assert codes(text, "no-training") == [10, 10]


def test_repeated_names(make_facts):
    facts = make_facts(
        "g (float[2] x) => (float[2] y) { [one] a = Relu(x)\n [one] b = Abs(a)\n c = Neg(b)\n y = Neg(c) }"
    )
    found = [[int(cause.code) for cause in unique_names(facts, node)] for node in facts.nodes]
    assert found == [[], [9], [], []]
    assert "(Relu)" in next(unique_names(facts, facts.nodes[1])).message


def test_names_of_nodes_and_not_of_layers_count(make_facts):
    """A source layer that became two nodes is no repetition."""
    facts = make_facts("g (float[2] x) => (float[2] y) { [a] h = Relu(x)\n [b] y = Abs(h) }")
    model = facts.model
    for node in model.graph:
        assert isinstance(node, ir.Node)
        node.meta["source"] = "layer"
    again = type(facts)(model, path="m", source="tensorflow")
    assert [node.name for node in again.nodes] == ["layer", "layer"]
    assert [list(unique_names(again, node)) for node in again.nodes] == [[], []]
