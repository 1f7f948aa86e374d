import pytest

from modelwright.backends.manifests import backend_named
from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.hub.io import load
from modelwright.pipeline.describe import describe, describe_artifact, specs_of


def test_sources_are_described_by_their_frontend(small):
    assert describe(small).operators == {"Add": 1, "Mul": 1, "Neg": 1, "Relu": 1}
    assert describe_artifact(small, backend_named("onnx")) == describe(small)


def test_what_is_neither_is_an_error(tmp_path):
    with pytest.raises(ModelNotFoundError):
        describe(tmp_path / "gone")
    (tmp_path / "odd").write_bytes(b"odd")
    with pytest.raises(ModelFormatError):
        describe(tmp_path / "odd")


def test_what_the_hub_has_as_inputs_and_outputs(write_onnx):
    path = write_onnx(
        """<ir_version: 8, opset_import: ["" : 18]> g (float[N, K, 4] x, int64[K] i) => (float[N, 4] y)
        { g = Gather <axis = 1> (x, i) a = Constant <value_ints = [1]> () y = ReduceSum <keepdims = 0> (g, a) }"""
    )
    assert [str(spec) for spec in specs_of(load(path)).values()] == [
        "x: float32[N, K, 4]",
        "i: int64[K]",
        "y: float32[N, 4]",
    ]
