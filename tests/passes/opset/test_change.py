import numpy as np
import onnx
import pytest

from modelwright.errors import UnsupportedError

NETWORK = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 4, 6, 6] x) => (float[N, 8] y, float[N, 4, 6, 6] mid)
<float[4] scale = {1, 2, 3, 4}, float[4] bias = {0.5, 0, -1, 2}, int64[2] axes = {2, 3}, float low = {-0.5}>
{
    a = HardSwish (x)
    mid = Clip (a, low)
    t = Transpose <perm = [0, 2, 3, 1]> (mid)
    n = LayerNormalization (t, scale, bias)
    u = Transpose <perm = [0, 3, 1, 2]> (n)
    r = ReduceMean <axes = [2, 3], keepdims = 1> (u)
    s = Squeeze (r, axes)
    p = Softmax <axis = 1> (s)
    y = Concat <axis = 1> (s, p)
}
"""


@pytest.mark.parametrize("target", [9, 10, 11, 12, 13, 14, 16, 18, 20, 21, 23, 26])
def test_a_network_computes_the_same_at_every_opset(to_opset, target):
    changed = to_opset(NETWORK, target)
    changed.same()
    assert changed.change.before == 17
    assert changed.change.phrases[0].startswith(f"opset 17 -> {target}")


def test_names_of_values_and_nodes_stay(to_opset):
    changed = to_opset(NETWORK, 11)
    made = {name for node in changed.after.graph.node for name in node.output}
    assert {"a", "mid", "t", "n", "u", "r", "s", "p", "y"} <= made


def test_constants_that_became_attributes_are_gone(to_opset):
    changed = to_opset(NETWORK, 9)
    assert {tensor.name for tensor in changed.after.graph.initializer}.isdisjoint({"axes", "low"})


def test_the_ir_version_fits(to_opset):
    assert to_opset(NETWORK, 9).after.ir_version == 4
    assert to_opset(NETWORK, 21).after.ir_version == 10


def test_what_was_done_is_told(to_opset):
    change = to_opset(NETWORK, 9).change
    assert change.decomposed == {"HardSwish": 1, "LayerNormalization": 1}
    assert change.reformed == {"Clip": 1, "Softmax": 1, "Squeeze": 1}
    assert change.phrases == (
        "opset 17 -> 9",
        "decomposed: HardSwish 1, LayerNormalization 1",
        "in another form: Clip 1, Softmax 1, Squeeze 1",
    )


def test_the_same_opset_changes_nothing(to_opset):
    changed = to_opset(NETWORK, 17)
    assert changed.change.phrases == ("opset 17 already",)


def test_everything_that_cannot_be_said_is_told_at_once(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[2, 2] x, seq(float[2]) s) => (float d, int64 n)
    { [first] d = Det (x)
      [second] n = SequenceLength (s) }"""
    with pytest.raises(UnsupportedError) as caught:
        to_opset(text, 9)
    assert "3 things have no counterpart" in caught.value.message
    assert any(item.startswith("Det 'first': the operator exists since opset 11") for item in caught.value.items)
    assert any(item.startswith("SequenceLength 'second'") for item in caught.value.items)
    assert any(item.startswith("input 's'") for item in caught.value.items)
    assert "--opset 11" in caught.value.hint


def test_a_reason_is_said_once_with_all_its_nodes(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[2, 2] x) => (float d, float e, float r)
    { [first] d = Det (x)
      [second] e = Det (x)
      [last] r = ReduceSum <keepdims = 0> (d) }"""
    with pytest.raises(UnsupportedError) as caught:
        to_opset(text, 9)
    assert "2 things have no counterpart" in caught.value.message
    assert caught.value.items == ("Det (2 nodes) 'first', 'second': the operator exists since opset 11",)


def test_dtypes_that_an_opset_has_not_are_told(to_opset):
    text = '<ir_version: 8, opset_import: ["" : 17]> g (bfloat16[2] x) => (bfloat16[2] y) { y = Neg (x) }'
    with pytest.raises(UnsupportedError) as caught:
        to_opset(text, 12)
    assert "tensor(bfloat16) exists since opset 13" in caught.value.items[0]
    assert "--opset 13" in caught.value.hint


def test_bodies_of_control_flow_step_too(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[3, 4] x, bool c) => (float[3, 4] y)
    <float[4] w = {1, 2, 3, 4}, int64 trips = {3}, bool go = {1}>
    {
        z = If (c) <
            then_branch = t () => (float[3, 4] a) { a = LayerNormalization (x, w) },
            else_branch = e () => (float[3, 4] b) { b = HardSwish (x) }
        >
        y = Loop (trips, go, z) <body = b (int64 i, bool k, float[3, 4] s) => (bool k2, float[3, 4] s2) {
            k2 = Identity (k)
            q = Softmax <axis = 0> (s)
            s2 = Add (q, s)
        }>
    }"""
    changed = to_opset(text, 11)
    for condition in (True, False):
        changed.same(
            {"x": np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32), "c": np.array(condition)}
        )


def test_a_graph_input_as_output_and_shared_outputs(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[3] x) => (float[3] y, float[3] z) { y = Dropout (x) z = CastLike (y, x) }"""
    to_opset(text, 11).same()


def test_functions_of_the_model_are_inlined_only_if_they_change(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
    g (float[3, 4] x) => (float[3, 4] y, float[3, 4] z) { y = own.soft (x) z = own.twice (x) }
    <domain: "own", opset_import: ["" : 17]> soft (a) => (b) { b = Softmax <axis = 0> (a) }
    <domain: "own", opset_import: ["" : 17]> twice (a) => (b) { n = Sin (a) b = Tan (n) }"""
    changed = to_opset(text, 12)
    assert changed.change.inlined == ("soft",)
    assert [function.name for function in changed.after.functions] == ["twice"]
    changed.same()


def test_attributes_of_functions_that_stand_for_the_callers(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
    g (float[3, 4] x) => (float[3, 4] y) { y = own.soft <where = 0> (x) }
    <domain: "own", opset_import: ["" : 17]> soft <where> (a) => (b) { b = Softmax <axis: int = @where> (a) }"""
    changed = to_opset(text, 11)
    assert not changed.after.functions
    changed.same()


def test_other_domains_are_left_alone(to_opset):
    text = """<ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 3]>
    g (float[3, 4] x) => (float[3, 4] y)
    { a = ai.onnx.ml.Scaler <offset = [1.0], scale = [2.0]> (x) y = Softmax (a) }"""
    changed = to_opset(text, 11)
    assert {item.domain: item.version for item in changed.after.opset_import} == {"": 11, "ai.onnx.ml": 3}
    changed.same()


def test_there_and_back(to_opset):
    text = onnx.parser.parse_model(NETWORK)
    down = to_opset(text, 9)
    up = to_opset(down.after, 17)
    up.before = text
    up.same()
