import numpy as np
import onnx
import onnx.numpy_helper
import pytest

from modelwright.diagnostics import Status
from modelwright.errors import ArtifactInvalid
from modelwright.verify.runners import pieces
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner, onnx_source
from modelwright.verify.source import Binding
from modelwright.verify.verify import verify_artifact

LAYERS = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 256] x) => (float[N, 256] y, float[N, 256] middle)
{ a = MatMul (x, w0) middle = Relu (a) b = MatMul (middle, w1) c = Add (b, x) d = Tanh (c) y = MatMul (d, w2) }
"""


@pytest.fixture
def layers(tmp_path, monkeypatch):
    """A model that counts as large, in pieces of one weight each."""
    monkeypatch.setattr(pieces, "LARGE", 1 << 19)
    monkeypatch.setattr(pieces, "_SMALLEST_BUDGET", 1 << 18)
    model = onnx.parser.parse_model(LAYERS)
    rng = np.random.default_rng(5)
    for name in ("w0", "w1", "w2"):
        weight = (rng.standard_normal((256, 256)) / 16).astype(np.float32)
        model.graph.initializer.append(onnx.numpy_helper.from_array(weight, name))
    path = tmp_path / "m.onnx"
    onnx.save(model, path, save_as_external_data=True, location="m.data", size_threshold=0)
    return path


def test_gives_what_the_whole_gives(layers, monkeypatch):
    x = np.random.default_rng(0).standard_normal((3, 256)).astype(np.float32)
    divided = OnnxRuntimeRunner(layers)
    found = divided.run({"x": x})
    monkeypatch.setattr(pieces, "LARGE", 1 << 40)
    whole = OnnxRuntimeRunner(layers)
    assert (divided.in_pieces, whole.in_pieces) == (True, False)
    assert divided.inputs == whole.inputs
    assert divided.outputs == whole.outputs
    assert list(found) == ["y", "middle"]
    for name, expected in whole.run({"x": x}).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)


def test_one_piece_is_held_at_a_time(layers, monkeypatch):
    seen = []
    make = pieces.PieceSession._session

    def remember(self, message):
        seen.append(onnx.ModelProto.FromString(message))
        return make(self, message)

    monkeypatch.setattr(pieces.PieceSession, "_session", remember)
    OnnxRuntimeRunner(layers).run({"x": np.ones((1, 256), np.float32)})
    assert [len(model.graph.initializer) for model in seen] == [3, 1, 1, 1]
    assert all(tensor.data_location == tensor.EXTERNAL for model in seen for tensor in model.graph.initializer)


def test_errors_are_those_of_any_model(layers):
    with pytest.raises(ArtifactInvalid, match="does not run"):
        OnnxRuntimeRunner(layers).run({"x": np.ones((1, 255), np.float32)})


def test_verified_in_pieces(layers):
    ends = [Binding(name=name, source=name) for name in ("y", "middle")]
    source = onnx_source(layers, [Binding(name="x", source="x")], ends)
    found = verify_artifact(layers, source=source)
    assert found.status is Status.VERIFIED
    assert found.latency_ms is None


def test_options_are_set_once(layers, capfd):
    assert OnnxRuntimeRunner(layers, as_written=True).in_pieces
    assert "disable_prepacking" not in "".join(capfd.readouterr())
