"""Every command on a model whose weights lie in a file of their own, of which some have a second hard link."""

import os

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import pytest

import modelwright as mw
from modelwright.cli.main import main

NETWORK = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 300] x) => (float[N, 300] y)
{
  s = Shape (x)
  zero = Constant <value_ints = [0]> ()
  n = Gather (s, zero)
  rest = Constant <value_ints = [-1]> ()
  shape = Concat <axis = 0> (n, rest)
  a = MatMul (x, w0)
  b = Reshape (a, shape)
  c = Relu (b)
  y = MatMul (c, w1)
}
"""


@pytest.fixture
def outside(tmp_path):
    model = onnx.parser.parse_model(NETWORK)
    rng = np.random.default_rng(1)
    for name in ("w0", "w1"):
        weight = (rng.standard_normal((300, 300)) / 17).astype(np.float32)
        model.graph.initializer.append(onnx.numpy_helper.from_array(weight, name))
    folder = tmp_path / "source"
    folder.mkdir()
    onnx.save(model, folder / "m.onnx", save_as_external_data=True, location="m.weights", size_threshold=0)
    os.link(folder / "m.weights", tmp_path / "second-link")
    return folder / "m.onnx"


def _run(path, x):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def _stored(path):
    return {tensor.name: tensor.data_location for tensor in onnx.load(path, load_external_data=False).graph.initializer}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"onnxsim": True},
        {"checker": True},
        {"free_dim_param": {"N": 4}},
        {"inputs": "x[4,300]"},
        {"onnxsim": True, "checker": True, "inputs": "x[4,300]"},
        {"no_verify": True},
    ],
    ids=lambda options: " ".join(options) or "plain",
)
def test_convert(outside, tmp_path, options, large):
    path = tmp_path / "out" / "m.onnx"
    report = mw.convert(outside, path, large_model=large, **options)
    assert report.status is (mw.Status.UNVERIFIED if "no_verify" in options else mw.Status.VERIFIED)
    x = np.random.default_rng(2).standard_normal((4, 300)).astype(np.float32)
    np.testing.assert_allclose(_run(path, x), _run(outside, x), rtol=1e-5, atol=1e-6)
    assert set(report.inputs) == {"m.onnx", "m.weights"}
    files = ["m.onnx", "m.onnx.data", "m.report.json"] if large else ["m.onnx", "m.report.json"]
    assert sorted(item.name for item in path.parent.iterdir()) == files
    stored = _stored(path)
    if large:
        assert stored["w0"] == stored["w1"] == onnx.TensorProto.EXTERNAL
        assert (path.parent / "m.onnx.data").stat().st_nlink == 1
    else:
        assert set(stored.values()) == {onnx.TensorProto.DEFAULT}


def test_cut(outside, tmp_path):
    report = mw.convert(outside, tmp_path / "cut.onnx", outputs="c", large_model=True)
    assert report.status is mw.Status.VERIFIED
    assert (tmp_path / "cut.onnx.data").stat().st_size == 300 * 300 * 4
    assert list(_stored(tmp_path / "cut.onnx")) == ["w0"]


def test_unchanged_weights_are_the_same_bytes(outside, tmp_path):
    mw.convert(outside, tmp_path / "m.onnx", onnxsim=True, large_model=True)
    kept = onnx.load(tmp_path / "m.onnx")
    (tmp_path / "second-link").unlink()  # onnx itself refuses such files
    source = {tensor.name: tensor.raw_data for tensor in onnx.load(outside).graph.initializer}
    assert {tensor.name: tensor.raw_data for tensor in kept.graph.initializer if tensor.name in source} == source


def test_info(outside, capsys):
    summary = mw.info(outside)
    assert summary.parameters == 180000
    assert summary.file_bytes == outside.stat().st_size + outside.with_name("m.weights").stat().st_size
    assert main(["info", str(outside)]) == 0
    assert "m.weights" in capsys.readouterr().out
    assert main(["helper", "info", "--onnx", str(outside), "-si"]) == 0
    assert "x: float32[N, 300]" in capsys.readouterr().out


def test_a_report_of_it_repeats(outside, tmp_path):
    first = mw.convert(outside, tmp_path / "m.onnx", onnxsim=True, large_model=True)
    again = mw.run(tmp_path / "m.report.json")
    assert [item.sha256 for item in again.files] == [item.sha256 for item in first.files]


@pytest.mark.parametrize("damage", ["missing", "short"])
def test_damaged_data(outside, tmp_path, damage):
    data = outside.with_name("m.weights")
    content = data.read_bytes()
    data.unlink()
    if damage == "short":
        data.write_bytes(content[: len(content) // 2])
    with pytest.raises(mw.UserError, match=r"m\.weights") as caught:
        mw.convert(outside, tmp_path / "o.onnx", onnxsim=True)
    assert "w0" in caught.value.message or "w1" in caught.value.message
    assert not (tmp_path / "o.onnx").exists()
