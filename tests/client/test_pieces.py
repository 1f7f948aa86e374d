import hashlib

import pytest

from modelwright.client import pieces as module
from modelwright.client.pieces import Download, pieces
from modelwright.errors import OutputError, ToolError
from modelwright.service.tasks.schemas import Artifact


def test_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 4)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/a").write_bytes(b"123456")
    (tmp_path / "b").touch()
    found = [(item.name, item.offset, item.content) for item in pieces(tmp_path)]
    assert found == [("b", 0, b""), ("m/a", 0, b"1234"), ("m/a", 4, b"56")]
    assert [item.name for item in pieces(tmp_path / "m/a")] == ["a", "a"]


def test_downloads_are_checked(tmp_path):
    good = Artifact(name="m/a", bytes=1, sha256=hashlib.sha256(b"x").hexdigest())
    download = Download(good, tmp_path)
    download.write(b"x")
    assert download.close().read_bytes() == b"x"
    download = Download(good, tmp_path)
    download.write(b"y")
    with pytest.raises(ToolError, match="arrived damaged"):
        download.close()
    assert (tmp_path / "m/a").read_bytes() == b"x"
    with pytest.raises(OutputError):
        Download(Artifact(name="../a", bytes=0, sha256=""), tmp_path)
