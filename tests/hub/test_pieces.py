import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import onnxruntime
import pytest

from modelwright.hub.pieces import ReferringModel

RNG = np.random.default_rng(3)
BRANCHES = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 64] x, bool c) => (float[N, 64] y, float[N, 64] x2)
{
  a = MatMul (x, w0)
  b = Relu (a)
  d = If (c) <
    then_branch = t () => (float[N, 64] p) { q = MatMul (b, w1) p = Add (q, a) },
    else_branch = e () => (float[N, 64] r) { r = MatMul (b, w2) }
  >
  e1 = MatMul (d, w2)
  y = Sub (e1, x)
  x2 = Identity (x)
}
"""


@pytest.fixture(params=[False, True], ids=["inline", "external"])
def branches(request, tmp_path):
    model = onnx.parser.parse_model(BRANCHES)
    for name in ("w0", "w1", "w2"):
        weight = RNG.standard_normal((64, 64)).astype(np.float32) / 8
        model.graph.initializer.append(onnx.numpy_helper.from_array(weight, name))
    path = tmp_path / "m.onnx"
    onnx.save(model, path, save_as_external_data=request.param, location="weights.bin", size_threshold=0)
    return path


def _session(message, folder):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
    return onnxruntime.InferenceSession(message, options, providers=["CPUExecutionProvider"])


def test_the_whole_refers_to_the_weights(branches):
    model = ReferringModel(branches)
    assert model.weight_bytes == 3 * 64 * 64 * 4
    assert model.divisible
    message = model.whole()
    assert len(message) < 2000
    feeds = {"x": RNG.standard_normal((3, 64)).astype(np.float32), "c": np.asarray(True)}
    expected = onnxruntime.InferenceSession(branches, providers=["CPUExecutionProvider"]).run(None, feeds)
    for actual, wanted in zip(_session(message, branches.parent).run(None, feeds), expected, strict=True):
        np.testing.assert_array_equal(actual, wanted)


def test_pieces_follow_the_weights(branches):
    model = ReferringModel(branches)
    pieces = model.pieces(64 * 64 * 4)
    assert [piece.nodes for piece in pieces] == [(0, 2), (2, 3), (3, 6)]
    assert [piece.reads for piece in pieces] == [("x",), ("c", "b", "a"), ("d", "x")]
    assert [piece.gives for piece in pieces] == [("a", "b"), ("d",), ("y", "x2")]
    assert len(model.pieces(1 << 30)) == 1


def test_a_piece_runs_by_itself(branches):
    model = ReferringModel(branches)
    first = model.pieces(64 * 64 * 4)[0]
    session = _session(model.message(first, {"x": onnx.TensorProto.FLOAT}), branches.parent)
    x = RNG.standard_normal((2, 64)).astype(np.float32)
    a, b = session.run(["a", "b"], {"x": x})
    weight = onnx.numpy_helper.to_array(onnx.load(branches).graph.initializer[0])
    np.testing.assert_allclose(a, x @ weight, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(b, np.maximum(a, 0))


def test_large_constants_of_nodes_stay_in_the_message(tmp_path):
    value = onnx.numpy_helper.from_array(RNG.standard_normal(5000).astype(np.float32), "v")
    node = onnx.helper.make_node("Constant", [], ["y"], value=value)
    output = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [5000])
    graph = onnx.helper.make_graph([node], "g", [], [output])
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=opset), tmp_path / "c.onnx")
    found = _session(ReferringModel(tmp_path / "c.onnx").whole(), tmp_path).run(None, {})
    np.testing.assert_array_equal(found[0], onnx.numpy_helper.to_array(value))


@pytest.mark.parametrize(
    "body",
    [
        "(float[2] x) => (seq(float[2]) y) { y = SequenceConstruct (x) }",
        "(float[2] x, int64 i) => (float[2] y) { s = SequenceConstruct (x) y = SequenceAt (s, i) }",
    ],
)
def test_sequences_are_not_divided(body, tmp_path):
    onnx.save(onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 17]> g {body}'), tmp_path / "s.onnx")
    assert not ReferringModel(tmp_path / "s.onnx").divisible
