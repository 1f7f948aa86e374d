"""Round trips of our own files."""

import sys
from pathlib import Path

import numpy as np
import pytest

import modelwright as mw
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
