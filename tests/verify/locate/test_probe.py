import math

import numpy as np
import pytest

from modelwright.errors import ArtifactInvalid
from modelwright.verify.locate.probe import OnnxProbe

TEXT = """
g (float[N, 2] x, string[2] s, bool p) => (float[M, 2] y) <float[2] w = {1, -2}> {
    a = Mul (x, w)
    t = Identity (s)
    q = Not (p)
    z = NonZero (a)
    seq = SequenceConstruct (a, a)
    i = Constant <value = int64 {0}> ()
    b = SequenceAt (seq, i)
    c = If (q) <
        then_branch = u () => (float[K, 2] d) { d = Neg (a) },
        else_branch = v () => (float[K, 2] e) { e = Abs (a) }>
    y = Add (b, c)
}
"""


@pytest.fixture
def probe(model, tmp_path):
    x = np.float32([[1, 2], [3, 4], [0, -1]])
    return OnnxProbe(model(TEXT), tmp_path / "probe", {"x": x, "s": np.array(["a", "b"], object), "p": np.array(True)})


def test_a_survey_gives_outputs_and_digests_of_every_tensor(probe):
    outputs, digests = probe.survey(["y"], probe.skeleton.made)
    np.testing.assert_array_equal(outputs["y"], np.float32([[2, 0], [6, 0], [0, 4]]))
    assert sorted(digests) == ["a", "b", "c", "i", "q", "t", "y", "z"]
    assert digests["a"].norm == pytest.approx(math.sqrt(1 + 16 + 9 + 64 + 0 + 4))
    assert digests["a"].mean == pytest.approx((1 - 4 + 3 - 8 + 0 + 2) / 6)
    assert (digests["a"].shape, digests["a"].nbytes) == ((3, 2), 24)
    assert (digests["t"].shape, digests["t"].dtype, math.isnan(digests["t"].norm)) == ((2,), "string", True)
    assert (digests["q"].dtype, digests["z"].dtype) == ("bool", "int64")
    assert probe.runs == 1


def test_single_tensors_and_what_is_behind_them_only(probe):
    found = probe.fetch(["a", "t", "q"])
    assert found["t"].tolist() == ["a", "b"]
    assert not found["q"]
    np.testing.assert_array_equal(found["a"], np.float32([[1, -4], [3, -8], [0, 2]]))
    assert probe.runs == 1
    assert not list(probe.skeleton._folder.glob("probe*"))


def test_a_replay_begins_inside(probe):
    found = probe.replay(["y"], {"b": np.ones((1, 2), np.float32), "c": np.full((1, 2), 2, np.float32)})
    assert found["y"].tolist() == [[3, 3]]
    found = probe.replay(["c"], {"a": np.ones((1, 2), np.float32)})
    assert found["c"].tolist() == [[1, 1]]
    assert (probe.runs, probe.replays) == (0, 2)


def test_an_empty_tensor_has_a_digest(model, tmp_path):
    inputs = {"x": np.zeros((0, 2), np.float32), "s": np.array(["a", "b"]), "p": np.array(False)}
    probe = OnnxProbe(model(TEXT), tmp_path / "p", inputs)
    _, digests = probe.survey(["y"], probe.skeleton.made)
    assert (digests["a"].shape, digests["a"].norm, digests["a"].size) == ((0, 2), 0, 0)


def test_types_behind_operators_that_only_the_runtime_knows(tmp_path):
    import onnx
    import onnx_ir as ir
    from onnx import helper

    nodes = [
        helper.make_node("BiasGelu", ["x", "w"], ["a"], domain="com.microsoft"),
        helper.make_node("Neg", ["a"], ["y"]),
    ]
    weight = helper.make_tensor("w", 1, [2], [0.0, 1.0])
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, [3, 2])],
        [helper.make_tensor_value_info("y", 1, [3, 2])],
        [weight],
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    proto: onnx.ModelProto = helper.make_model(graph, opset_imports=imports, ir_version=8)
    probe = OnnxProbe(ir.serde.deserialize_model(proto), tmp_path / "p", {"x": np.ones((3, 2), np.float32)})
    outputs, digests = probe.survey(["y"], probe.skeleton.made)
    assert digests["a"].norm == pytest.approx(float(np.linalg.norm(outputs["y"])))


def test_a_model_that_does_not_run_is_an_error(model, tmp_path):
    text = "g (float[4] x) => (float[3] y) <int64[1] s = {3}> { y = Reshape (x, s) }"
    probe = OnnxProbe(model(text), tmp_path / "p", {"x": np.zeros(4, np.float32)})
    with pytest.raises(ArtifactInvalid):
        probe.fetch(["y"])
