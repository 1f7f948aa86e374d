import hashlib

import pytest

from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.place import HIDDEN


@pytest.fixture
def place(tmp_path):
    (tmp_path / "p").mkdir()
    return LocalPlace(path=tmp_path / "p")


def test_reading(place, tmp_path):
    data = bytes(range(256)) * 10_000
    (place.path / "m").write_bytes(data)
    assert place.size("m") == len(data)
    assert b"".join(place.pieces("m", 5, 2_000_001)) == data[5:2_000_001]
    assert place.fetch("m", tmp_path / "copy") == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "copy").read_bytes() == data
    (place.path / "out").symlink_to("/etc/hostname")
    assert [place.size(name) for name in ("", "no", "../copy", "out")] == [None] * 4


def test_writing(place, tmp_path):
    (tmp_path / "a").write_text("1")
    place.put("x/y/a", tmp_path / "a")
    assert [path.name for path in (place.path / "x/y").iterdir()] == ["a"]
    place.move("x/y/a", "b/a")
    place.move("x/y/a", "b/a")
    assert (place.path / "b/a").read_text() == "1"
    place.drop("b/a")
    place.drop("b/a")
    assert not (place.path / "b").exists()


def test_the_first_to_commit_wins(place):
    assert place.committed("h/m") is None
    assert [place.commit("h/m", data) for data in (b"1", b"2")] == [b"1", b"1"]
    assert place.committed("h/m") == b"1"
    assert [path.name for path in (place.path / "h").iterdir()] == ["m"]


def test_sweeping(place):
    for name in ("t.1.a", "t.2.b", "u.1.a"):
        (place.path / HIDDEN / name).mkdir(parents=True)
    for name in ("t.1.json", "t.1.json.x.part"):
        (place.path / HIDDEN / name).touch()
    place.sweep("t.")
    assert {path.name for path in (place.path / HIDDEN).iterdir()} == {"u.1.a", "t.1.json"}
