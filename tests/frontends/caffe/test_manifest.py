import pytest
from caffe_writing import caffemodel

from modelwright.formats import Format
from modelwright.frontends.caffe.manifest import FRONTEND, describe, detect

NET = """
input: "x" input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 4
layer { name: "r" type: "ReLU" bottom: "x" top: "y" }
"""


@pytest.mark.parametrize("name", ["net.prototxt", "net.txt", "net.prototxt.txt"])
def test_prototxt_by_name_or_content(tmp_path, name):
    (tmp_path / name).write_text(NET)
    assert detect(tmp_path / name) is Format.CAFFE


def test_caffemodels_stems_and_folders(tmp_path):
    (tmp_path / "net.bin").write_bytes(caffemodel({"a": ("Scale", [])}))
    assert detect(tmp_path / "net.bin") is Format.CAFFE
    (tmp_path / "net.caffemodel").write_bytes(b"\n")
    assert detect(tmp_path / "net.caffemodel") is Format.CAFFE
    assert detect(tmp_path / "net") is Format.CAFFE
    assert detect(tmp_path) is None
    (tmp_path / "deploy.prototxt").write_text(NET)
    assert detect(tmp_path) is Format.CAFFE


@pytest.mark.parametrize(
    "data", [b"node { name: 'a' }\ninput: 'x'", b"hello", b"", b"\x08\x07\x12\x00:\x00", b"PK\x03\x04"]
)
def test_other_files_are_not_taken(tmp_path, data):
    (tmp_path / "other").write_bytes(data)
    assert detect(tmp_path / "other") is None
    assert detect(tmp_path / "missing") is None


def test_describing_needs_no_weights(tmp_path):
    (tmp_path / "net.prototxt").write_text(NET)
    found = describe(tmp_path / "net", Format.CAFFE)
    assert [str(item) for item in found.inputs] == ["x: float32[1, 2, 3, 4]"]
    assert [item.name for item in found.outputs] == ["y"]
    assert found.operators == {"ReLU": 1}
    assert found.details["weights"] == "none found beside the net"
    (tmp_path / "net.prototxt").unlink()
    (tmp_path / "net.caffemodel").write_bytes(caffemodel({"a": ("Scale", [])}))
    assert describe(tmp_path / "net.caffemodel", Format.CAFFE).operators == {"Scale": 1}


def test_its_interpreter_is_opencvs():
    assert FRONTEND.interpreter is not None
    assert FRONTEND.interpreter.flag == "--cv-python"
