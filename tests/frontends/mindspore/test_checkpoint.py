from pathlib import Path

import pytest

import modelwright as mw
from modelwright.errors import ModelFormatError, UserError
from modelwright.schemas.pool import load_schema

CHECKPOINT = Path(__file__).parents[2] / "fixtures/mindir/exports/net.ckpt"


def test_what_info_shows():
    found = mw.info(CHECKPOINT)
    assert found.format == "MindSpore checkpoint"
    assert (found.parameters, found.weight_bytes, found.details["tensors"]) == (213, 852, 8)
    assert found.details["dtypes"] == "8 float32"


def test_weights_alone_are_not_converted(tmp_path):
    with pytest.raises(ModelFormatError, match="weights only"):
        mw.convert(CHECKPOINT, tmp_path / "m.onnx")


@pytest.mark.parametrize("size", [1, 3, 200, 1000])
def test_cut_files(tmp_path, size):
    (tmp_path / "m.ckpt").write_bytes(CHECKPOINT.read_bytes()[:size])
    with pytest.raises(UserError):
        mw.info(tmp_path / "m.ckpt")


def test_shapes_that_cannot_be(tmp_path):
    message = load_schema("mindir").message("Checkpoint").FromString(CHECKPOINT.read_bytes())
    message.value[0].tensor.dims[0] = -3
    (tmp_path / "m.ckpt").write_bytes(message.SerializeToString())
    with pytest.raises(ModelFormatError, match="has the shape"):
        mw.info(tmp_path / "m.ckpt")
