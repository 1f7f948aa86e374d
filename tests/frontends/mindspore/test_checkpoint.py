from pathlib import Path

import pytest

import modelwright as mw
from modelwright.errors import ModelFormatError, UserError
from modelwright.schemas.pool import load_schema

ENCRYPTED = Path(__file__).parents[2] / "fixtures/mindir/encrypted"
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


def test_a_checksum_behind_the_weights(tmp_path):
    plain, checked = ENCRYPTED / "plain.ckpt", ENCRYPTED / "checked.ckpt"
    assert mw.info(checked).parameters == mw.info(plain).parameters == 16
    (tmp_path / "m.ckpt").write_bytes(checked.read_bytes()[:-1] + b"\x00")
    with pytest.raises(ModelFormatError, match="checksum does not fit"):
        mw.info(tmp_path / "m.ckpt")


def test_an_encrypted_checkpoint(tmp_path):
    path = ENCRYPTED / "SM4-CBC-16.ckpt"
    with pytest.raises(ModelFormatError, match=r"encrypted \(SM4-CBC\)"):
        mw.info(path)
    (tmp_path / "key").write_bytes(bytes(range(16)))
    found = mw.info(path, dec_key=tmp_path / "key", dec_mode="SM4-CBC")
    assert (found.format, found.parameters) == ("MindSpore checkpoint", 16)
