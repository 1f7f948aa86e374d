"""Round trips of our own files."""

import sys
from pathlib import Path

import numpy as np
import pytest

import modelwright as mw
from modelwright.errors import UsageError
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner

sys.path.insert(0, str(Path(__file__).parents[2] / "oracle"))
from mindir_models import cases, expected, written


@pytest.mark.parametrize(("name", "text"), cases().items())
def test_what_we_write_we_read(name, text, tmp_path):
    source, target = written(name, text, tmp_path)
    inputs, outputs = expected(name, source)
    mw.convert(target, tmp_path / "back.onnx", no_verify=True, opset=18)
    found = OnnxRuntimeRunner(tmp_path / "back.onnx").run(inputs)
    assert list(found) == list(outputs)
    for key, array in outputs.items():
        assert (found[key].dtype, found[key].shape) == (array.dtype, array.shape)
        np.testing.assert_allclose(found[key], array, rtol=1e-4, atol=1e-5)


def test_an_encrypted_model(tmp_path):
    folder = Path(__file__).parents[2] / "fixtures/mindir/encrypted"
    (tmp_path / "key").write_text("hex:" + bytes(range(24)).hex())
    mw.convert(folder / "AES-GCM-24.mindir", tmp_path / "m.onnx", dec_key=tmp_path / "key", no_verify=True)
    assert "hex:" not in (tmp_path / "m.report.json").read_text()
    with np.load(folder / "expected.npz") as wanted:
        found = OnnxRuntimeRunner(tmp_path / "m.onnx").run({"x": wanted["in:input"]})
        np.testing.assert_allclose(*found.values(), wanted["out:"], rtol=1e-5, atol=1e-6)


def test_a_key_for_a_model_that_has_none(write_onnx, tmp_path):
    source = write_onnx('<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu (x) }')
    with pytest.raises(UsageError, match="--dec_key is not for files of ONNX"):
        mw.info(source, dec_key=tmp_path / "key")
