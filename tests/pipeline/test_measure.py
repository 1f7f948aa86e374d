import hashlib

import pytest

from modelwright.errors import ModelNotFoundError
from modelwright.pipeline.measure import hashes_of, peak_memory, sha256_of, versions, written_file


def test_hashes_by_path_relative_to_the_model(tmp_path):
    (tmp_path / "v").mkdir()
    files = [tmp_path / "v" / "data", tmp_path / "a.pb"]
    for path in files:
        path.write_bytes(path.name.encode())
    expected = {"a.pb": hashlib.sha256(b"a.pb").hexdigest(), "v/data": hashlib.sha256(b"data").hexdigest()}
    assert hashes_of(files, tmp_path) == expected
    assert list(hashes_of(files, tmp_path)) == ["a.pb", "v/data"]
    assert list(hashes_of(files[1:], files[1])) == ["a.pb"]


def test_a_file_that_vanished(tmp_path):
    with pytest.raises(ModelNotFoundError, match="gone"):
        sha256_of(tmp_path / "gone")


def test_a_written_file_is_named_as_it_will_be(tmp_path):
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "m.onnx").write_bytes(b"123")
    found = written_file(tmp_path / "plan" / "m.onnx", tmp_path)
    assert (found.path, found.bytes) == ("plan/m.onnx", 3)


def test_versions_and_memory():
    assert {"python", "modelwright", "onnx", "onnxruntime"} <= versions().keys()
    assert peak_memory() > 10**7
