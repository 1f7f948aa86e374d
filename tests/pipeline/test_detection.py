from pathlib import Path

import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.manifest import frontend_of_command
from modelwright.pipeline.detection import detect_format

READER = Path(__file__).parents[1] / "fixtures/tensorflow/reader"
EXAMPLE = Path(__file__).parents[2] / "examples/digits/saved_model"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (EXAMPLE, Format.TF_SAVED_MODEL),
        (EXAMPLE / "saved_model.pb", Format.TF_SAVED_MODEL),
        (READER / "tf1_graph.pb", Format.TF_GRAPHDEF),
        (READER / "tf1_graph.pbtxt", Format.TF_GRAPHDEF),
        (READER / "tf1_checkpoint", Format.TF_CHECKPOINT),
    ],
)
def test_tensorflow(path, expected):
    assert detect_format(path) is expected


def test_content_counts_and_not_the_suffix(small, tmp_path):
    graph = tmp_path / "graph.bin"
    graph.write_bytes((READER / "tf1_graph.pb").read_bytes())
    assert detect_format(graph) is Format.TF_GRAPHDEF
    assert detect_format(small.rename(tmp_path / "m.pb")) is Format.ONNX
    text = tmp_path / "graph.txt"
    text.write_bytes((READER / "tf1_graph.pbtxt").read_bytes())
    assert detect_format(text) is Format.TF_GRAPHDEF


def test_a_checkpoint_prefix():
    meta = next((READER / "tf1_checkpoint").glob("*.meta"))
    assert detect_format(meta.with_suffix("")) is Format.TF_CHECKPOINT
    assert detect_format(meta) is Format.TF_CHECKPOINT


def test_what_is_not_there(small):
    with pytest.raises(ModelNotFoundError) as caught:
        detect_format(small.with_name("smal.onnx"))
    assert "small.onnx" in caught.value.hint
    with pytest.raises(ModelNotFoundError) as caught:
        detect_format(small.parent / "no" / "m.onnx")
    assert "does not exist" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\x89HDF\r\n\x1a\n....", "HDF5"),
        (b"PK\x03\x04....", "zip"),
        (b"", "not recognized"),
    ],
)
def test_foreign_formats_are_named(tmp_path, data, named):
    path = tmp_path / "model.bin"
    path.write_bytes(data)
    with pytest.raises(ModelFormatError, match=named) as caught:
        detect_format(path)
    assert "ONNX model" in caught.value.hint


def test_an_empty_folder(tmp_path):
    with pytest.raises(ModelFormatError, match="folder"):
        detect_format(tmp_path)


def test_only_one_frontend(small):
    with pytest.raises(ModelFormatError) as caught:
        detect_format(small, frontend_of_command("tf2"))
    assert "ONNX" not in caught.value.hint


def test_unreadable_files(small, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ModelNotFoundError, match="Permission denied"):
        detect_format(small)
