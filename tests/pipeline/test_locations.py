from pathlib import Path

from modelwright.pipeline.locations import absolute, portable


def test_portable_paths_lead_back():
    folder = Path("/home/u/build")
    for path, stored in [
        ("/home/u/build/a.onnx", "a.onnx"),
        ("/home/u/models/m", "../models/m"),
        ("/data/m", "/data/m"),
        ("/home/u/build", "."),
    ]:
        assert portable(path, folder) == stored
        assert absolute(stored, folder) == path


def test_relative_paths_are_relative_to_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert portable("x/m.pb", Path("out")) == "../x/m.pb"
