import json

import numpy as np
import onnx
import onnx.parser
import pytest

import modelwright as mw
from modelwright.diagnostics import Status
from modelwright.errors import ArtifactInvalid, ReferenceDataError, ShapeError, UsageError
from modelwright.verify.source import SourceRunFailed

DIGITS = "examples/digits/saved_model"
HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'

NET = """
g (float[N, 4] x) => (float[N, 4] y, int64[N, 1] best)
<float[4, 4] w = {1, 2, 3, 4, 5, 6, 7, 8, 2, 1, 4, 3, 1, 0, 0, 1}> {
    [product] a = MatMul (x, w)
    [bend] b = Elu <alpha = 0.5> (a)
    [turn] c = Abs (b)
    [end] y = Sqrt (c)
    [decide] best = ArgMax <axis = 1> (b)
}
"""


@pytest.fixture
def sides(write_onnx):
    """Writes two models and verifies the second against the first."""

    def run(source, model, **options):
        return mw.verify(write_onnx(HEAD + model, "b.onnx"), write_onnx(HEAD + source, "a.onnx"), **options)

    return run


def test_equal_models(sides):
    found = sides(NET, NET)
    assert (found.status, found.divergence, found.reason, found.remarks) == (Status.VERIFIED, None, "", ())
    assert found.search.runs_model == found.search.runs_source == 1


def test_a_wrong_attribute(sides):
    found = sides(NET, NET.replace("0.5", "0.25"))
    assert (found.status, found.divergence.layer, found.divergence.op_type) == (Status.FAILED, "bend", "Elu")
    assert found.divergence.certain
    assert [(item.what, item.a, item.b) for item in found.divergence.nodes[0].details] == [("alpha", "0.5", "0.25")]
    assert [(item.source, item.measure.max_rel) for item in found.divergence.inputs] == [("a", 0)]
    assert found.divergence.tensor.measure.max_rel > 0
    assert found.reason.startswith("y: ")


def test_a_wrong_weight_and_inputs_that_are_the_models(sides):
    found = sides(NET, NET.replace("{1, 2,", "{1, -2,"))
    assert (found.divergence.layer, found.divergence.inputs) == ("product", ())
    assert [(item.a, item.unequal) for item in found.divergence.weights] == [("w", 1)]


def test_models_without_names(sides):
    import re

    bare = re.sub(r"\[\w+\] (?=\w+ =)", "", NET)
    other = bare.replace("0.5", "0.25")
    for old, new in zip("abc", "pqr", strict=True):
        other = re.sub(rf"\b{old}\b", new, other)
    found = sides(bare, other)
    assert (found.divergence.layer, found.divergence.model_nodes) == ("b", ("q",))
    assert found.search.matched_by == {"name": 2, "structure": 3}


def test_only_a_decision_is_wrong(sides):
    found = sides(NET, NET.replace("ArgMax <axis = 1>", "ArgMax <axis = 1, select_last_index = 1>"))
    assert found.status is Status.VERIFIED
    found = sides(NET, NET.replace("ArgMax", "ArgMin"))
    assert (found.divergence.layer, found.divergence.tensor.source) == ("decide", "best")
    assert found.divergence.tensor.measure.max_rel == np.inf


def test_a_fault_inside_a_branch_and_inside_a_loop(sides):
    text = """
g (bool p, float[8] x) => (float[8] y) <int64 n = {3}, bool go = {1}> {
    [pick] a = If (p) <
        then_branch = t () => (float[8] u) { [inner] u = Elu <alpha = 0.5> (x) },
        else_branch = e () => (float[8] v) { [other] v = Elu <alpha = 0.5> (x) }>
    [repeat] b = Loop (n, go, a) <
        body = l (int64 i, bool c, float[8] s) => (bool d, float[8] r) {
            d = Identity (c) [step] r = Selu <alpha = 1.5> (s) }>
    [end] y = Neg (b)
}
"""
    found = sides(text, text.replace("alpha = 0.5", "alpha = 0.25"))
    assert found.divergence.layer == "pick"
    assert {(node.inside, node.a) for node in found.divergence.nodes} == {
        ("pick/then_branch/", "inner"),
        ("pick/else_branch/", "other"),
    }
    found = sides(text, text.replace("alpha = 1.5", "alpha = 1.25"))
    assert (found.divergence.layer, found.divergence.nodes[0].inside) == ("repeat", "repeat/body/")


def test_strings_booleans_nan_and_infinity(sides):
    text = """
g (string[3] s, float[3] x) => (string[3] t, bool[3] q, float[3] z) <float zero = {0}, float one = {1}> {
    [words] t = Identity (s)
    [above] q = Greater (x, zero)
    [part] d = Div (x, zero)
    [sum] z = Add (d, one)
}
"""
    assert sides(text, text).reason == "the source itself gives nothing but NaN or infinity for z"
    assert sides(text, text).status is Status.UNVERIFIED
    found = sides(text, text.replace("Greater", "Less"))
    assert (found.status, found.divergence.layer) == (Status.FAILED, "above")
    found = sides(text, text.replace("[part] d = Div (x, zero)", "[part] d = Div (zero, zero)"))
    assert found.divergence.layer == "part"


def test_other_opsets_and_what_vanishes_again(write_onnx):
    old = """<ir_version: 8, opset_import: ["" : 11]>
g (float[N, 1, 4] x) => (float[N, 4] y) {
    [s] a = Squeeze <axes = [1]> (x) [r] b = Elu <alpha = 0.5> (a) [e] y = Abs (b) }"""
    new = """<ir_version: 8, opset_import: ["" : 18]>
g (float[N, 1, 4] x) => (float[N, 4] y) <int64[1] ax = {1}> {
    [s] a = Squeeze (x, ax) [r] b = Elu <alpha = 0.7> (a) [e] y = Abs (b) }"""
    a, b = write_onnx(old, "a.onnx"), write_onnx(new, "b.onnx")
    assert mw.verify(b, a).divergence.layer == "r"
    text = (
        HEAD
        + "g (float[3] x) => (float[3] y) <float w = {2}> { [m] a = Mul (x, w) [k] b = Mul (a, a) [r] y = Relu (b) }"
    )
    c, d = write_onnx(text, "c.onnx"), write_onnx(text.replace("{2}", "{-2}"), "d.onnx")
    found = mw.verify(d, c)
    assert found.status is Status.VERIFIED
    assert found.remarks == ("inside, tensors seem to differ from a on without an effect on the outputs compared",)


def test_layouts(sides):
    first = """g (float[1, 3, 4, 5] x) => (float[1, 3, 4, 5] y) {
    [a] a = Elu <alpha = 0.5> (x) [b] b = Abs (a) [c] y = Sqrt (b) }"""
    second = """g (float[1, 4, 5, 3] x) => (float[1, 4, 5, 3] y) {
    [a] a = Elu <alpha = 0.5> (x) [b] b = Neg (a) [c] b2 = Neg (b) [d] y = Sqrt (b2) }"""
    found = sides(first, second.replace("Sqrt", "Identity"))
    assert found.status is Status.FAILED
    assert found.divergence.inputs[0].measure.perm == (0, 2, 3, 1)


def test_rounding_that_grows_is_told_from_a_fault(sides, tmp_path):
    """The logistic map doubles every error: two ways to write it part without any layer being wrong."""

    def text(step):
        lines = [step.format(n=n, m=n + 1) for n in range(40)]
        return "g (float[8] v0) => (float[8] v40) <float four = {4}, float one = {1}> {\n" + "\n".join(lines) + "\n}"

    first = text("u{m} = Sub (one, v{n}) t{m} = Mul (four, v{n}) [step{m}] v{m} = Mul (t{m}, u{m})")
    second = text("s{m} = Mul (v{n}, v{n}) d{m} = Sub (v{n}, s{m}) [step{m}] v{m} = Mul (d{m}, four)")
    x = np.random.default_rng(0).uniform(0.1, 0.9, 8).astype(np.float32)
    np.savez(tmp_path / "x.npz", v0=x)
    found = sides(first, second, rtol=1e-3, inputs=tmp_path / "x.npz")
    assert found.status is Status.FAILED
    assert not found.divergence.certain
    assert found.search.replays > 1

    wrong = second.replace("[step12] v12 = Mul (d12, four)", "[step12] v12 = Mul (d12, off)").replace(
        "float one = {1}", "float one = {1}, float off = {4.01}"
    )
    found = sides(first, wrong, rtol=1e-3, inputs=tmp_path / "x.npz")
    assert (found.divergence.layer, found.divergence.certain) == ("step12", True)


def test_a_source_of_another_format_in_its_own_names(tmp_path):
    mw.convert(DIGITS, tmp_path / "digits.onnx")
    assert mw.verify(tmp_path / "digits.onnx", DIGITS).status is Status.VERIFIED
    proto = onnx.load(tmp_path / "digits.onnx")
    conv = [node for node in proto.graph.node if node.op_type == "Conv"][2]
    weight = next(item for item in proto.graph.initializer if item.name == conv.input[1])
    array = onnx.numpy_helper.to_array(weight).copy()
    array[0] *= 1.5
    weight.CopyFrom(onnx.numpy_helper.from_array(array, weight.name))
    onnx.save(proto, tmp_path / "wrong.onnx")
    for source in (DIGITS, tmp_path / "digits.report.json"):
        found = mw.verify(tmp_path / "wrong.onnx", source)
        assert found.method.startswith("the source as modelwright imports it")
        layer = conv.name.rsplit("/", 1)[0]
        assert layer in found.divergence.source_nodes
        assert found.divergence.inputs[0].measure.max_rel < 1e-5


def test_reference_data_with_tensors_inside(write_onnx, tmp_path):
    model = write_onnx(HEAD + NET)
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    a = x @ np.array([1, 2, 3, 4, 5, 6, 7, 8, 2, 1, 4, 3, 1, 0, 0, 1], np.float32).reshape(4, 4)
    b = np.where(a > 0, a, 0.5 * np.expm1(a))
    arrays = {"in:x": x, "out:y": np.sqrt(np.abs(b)), "out:best": b.argmax(1)[:, None], "bend": b, "a": a}
    np.savez(tmp_path / "right.npz", **arrays)
    found = mw.verify(model, reference=tmp_path / "right.npz")
    assert (found.status, found.method, found.search.runs_source) == (Status.VERIFIED, "right.npz", 0)
    np.savez(tmp_path / "wrong.npz", **arrays | {"bend": b * 1.5, "out:y": np.sqrt(np.abs(1.5 * b))})
    found = mw.verify(model, reference=tmp_path / "wrong.npz")
    assert (found.status, found.divergence.layer, found.divergence.tensor.source) == (Status.FAILED, "bend", "bend")
    assert [item.source for item in found.divergence.inputs] == ["a"]
    np.savez(tmp_path / "part.npz", **{"in:x": x, "out:y": arrays["out:y"]})
    found = mw.verify(model, reference=tmp_path / "part.npz")
    assert (found.status, found.reason) == (Status.UNVERIFIED, "there are no expected values for best")


def test_what_does_not_fit_is_an_error(write_onnx, tmp_path):
    model = write_onnx(HEAD + NET)
    with pytest.raises(UsageError, match="verified against one thing"):
        mw.verify(model)
    with pytest.raises(UsageError):
        mw.verify(model, model, reference="x.npz")
    with pytest.raises(UsageError):
        mw.verify(model, reference="x.npz", inputs="y.npz")
    np.savez(tmp_path / "odd.npz", **{"in:x": np.zeros((1, 4), np.float32), "out:y": np.zeros(1), "turns": np.zeros(1)})
    with pytest.raises(ReferenceDataError, match=r"no tensor for 'turns' \(did you mean 'turn'\?\)"):
        mw.verify(model, reference=tmp_path / "odd.npz")
    np.savez(tmp_path / "empty.npz", **{"in:x": np.zeros((1, 4), np.float32)})
    with pytest.raises(ReferenceDataError, match="nothing to compare with"):
        mw.verify(model, reference=tmp_path / "empty.npz")
    np.savez(tmp_path / "shape.npz", **{"in:x": np.zeros((1, 5), np.float32), "out:y": np.zeros(1)})
    with pytest.raises(ReferenceDataError, match="shape"):
        mw.verify(model, reference=tmp_path / "shape.npz")
    other = write_onnx(HEAD + "g (float[N, 4] z, float u) => (float[N, 4] y) { y = Mul (z, u) }", "other.onnx")
    with pytest.raises(ShapeError, match="only one of the models has the input"):
        mw.verify(model, other)


def test_a_side_that_does_not_run_is_named(write_onnx):
    fine = write_onnx(HEAD + "g (float[4] x) => (float[4] y) { y = Neg (x) }", "fine.onnx")
    broken = write_onnx(
        HEAD + "g (float[4] x) => (float[K] y) <int64[1] s = {3}> { y = Reshape (x, s) }", "broken.onnx"
    )
    with pytest.raises(ArtifactInvalid, match=r"broken\.onnx: the model does not run") as raised:
        mw.verify(broken, fine)
    assert "--inputs" in raised.value.hint
    with pytest.raises(SourceRunFailed, match=r"broken\.onnx: the source itself: the model does not run"):
        mw.verify(fine, broken)


def test_the_result_is_data(sides):
    from modelwright.pipeline.report import plain_data

    data = json.loads(json.dumps(plain_data(sides(NET, NET.replace("ArgMax", "ArgMin")))))
    assert (data["status"], data["divergence"]["tensor"]["measure"]["max_rel"]) == ("failed", "inf")


def test_outputs_that_are_no_tensors_leave_nothing_to_compare(sides):
    text = "g (float[2] x) => (seq(float[2]) y) { y = SequenceConstruct (x, x) }"
    found = sides(text, text)
    assert (found.status, found.search.runs_model) == (Status.UNVERIFIED, 0)
    assert "no output in common that can be compared" in found.reason
