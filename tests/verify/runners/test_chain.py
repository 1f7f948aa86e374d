import numpy as np
import pytest

from modelwright.verify.runners.chain import ChainRunner
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner

HEAD = '<ir_version: 8, opset_import: ["" : 17]>'
FIRST = HEAD + " g (float[N] x) => (float[N] m, float[N] y) { m = Neg (x) y = Exp (x) }"
SECOND = HEAD + " g (float[N] m, float[N] k) => (float[N] z) { z = Add (m, k) }"


@pytest.fixture
def chain(write_onnx):
    runners = [OnnxRuntimeRunner(write_onnx(FIRST, "a.onnx")), OnnxRuntimeRunner(write_onnx(SECOND, "b.onnx"))]
    return ChainRunner(runners, ["z", "y"])


def test_each_model_gets_what_it_needs(chain):
    assert [spec.name for spec in chain.inputs] == ["x", "k"]
    assert [spec.name for spec in chain.outputs] == ["z", "y"]
    assert chain.label.startswith("ONNX Runtime")
    x, k = np.float32([1, 2]), np.float32([10, 20])
    found = chain.timed({"x": x, "k": k})
    np.testing.assert_allclose(found.outputs["z"], k - x)
    np.testing.assert_allclose(found.outputs["y"], np.exp(x), rtol=1e-6)
    assert list(found.outputs) == ["z", "y"]
    assert found.milliseconds > 0
