import pytest

from modelwright.backends.manifests import backend_named
from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.pipeline.describe import describe, describe_artifact


def test_sources_are_described_by_their_frontend(small):
    assert describe(small).operators == {"Add": 1, "Mul": 1, "Neg": 1, "Relu": 1}
    assert describe_artifact(small, backend_named("onnx")) == describe(small)


def test_what_is_neither_is_an_error(tmp_path):
    with pytest.raises(ModelNotFoundError):
        describe(tmp_path / "gone")
    (tmp_path / "odd").write_bytes(b"odd")
    with pytest.raises(ModelFormatError):
        describe(tmp_path / "odd")
