import hashlib

import pytest

from modelwright.errors import ModelNotFoundError
from modelwright.service.errors import InvalidRequestError, NotThereError
from modelwright.service.storage.place import HIDDEN
from modelwright.service.storage.publishing import Manifest, files_of, finish, publish, read_manifest

HERE = "bucket/models/net"


def keys(memory):
    return sorted(memory.store)


def put(memory, **objects):
    for name, text in objects.items():
        memory.pipe_file(f"{HERE}/{name}", text.encode())


def test_listing(objects, memory):
    with pytest.raises(ModelNotFoundError, match="no folder at s3://bucket/models/net"):
        objects.listing()
    for name in ("b.onnx", "variables/v.index", ".hidden", f"{HIDDEN}/t.1.json"):
        put(memory, **{name: "x"})
    put(memory, **{"../network/other": "x"})
    assert objects.listing() == ("b.onnx", "variables/v.index")
    with pytest.raises(ModelNotFoundError, match="over 1 files"):
        objects.names(1)


def test_names_that_no_local_file_can_have(objects, memory):
    put(memory, **{"a\nb": "x"})
    with pytest.raises(InvalidRequestError, match="cannot be the name of a local file"):
        objects.listing()


def test_folders(objects, memory):
    assert objects.taken() == ""
    with pytest.raises(NotThereError):
        objects.entries()
    put(memory, **{f"{HIDDEN}/t.1.json": "{}"})
    assert objects.taken() == ""
    put(memory, **{"z/deep": "1", "a.onnx": "123"})
    shown = [(item.name, item.url, item.folder, item.bytes) for item in objects.entries()]
    assert shown == [("z", f"{objects.url}/z", True, None), ("a.onnx", f"{objects.url}/a.onnx", False, 3)]
    assert objects.taken() == "a.onnx"


def test_a_file_is_no_folder(objects, memory):
    memory.pipe_file(HERE, b"x")
    with pytest.raises(InvalidRequestError, match="is a file"):
        objects.taken()
    with pytest.raises(NotThereError):
        objects.entries()


def test_reading(objects, memory, tmp_path):
    data = bytes(range(256)) * 40_000
    memory.pipe_file(f"{HERE}/m", data)
    assert objects.size("m") == len(data)
    assert objects.size("no") is None
    assert objects.size("") is None
    assert b"".join(objects.pieces("m", 5, 9_000_001)) == data[5:9_000_001]
    assert objects.fetch("m", tmp_path / "m") == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "m").read_bytes() == data
    with pytest.raises(FileNotFoundError):
        objects.fetch("no", tmp_path / "no")


def test_files_move_once(objects, memory):
    put(memory, a="1")
    objects.move("a", "b/c")
    objects.move("a", "b/c")
    assert memory.cat_file(f"{HERE}/b/c") == b"1"
    objects.drop("b/c")
    objects.drop("b/c")
    assert keys(memory) == []


def test_the_first_to_commit_wins(objects, memory):
    assert objects.committed("m") is None
    assert objects.commit("m", b"1") == b"1"
    assert objects.commit("m", b"2") == b"1"
    assert objects.committed("m") == b"1"
    assert memory.cat_file(f"{HERE}/m") == b"1"


def test_who_dies_between_database_and_storage_has_committed(objects, memory):
    objects.commits.claim(objects.url, "m", b"1")
    assert keys(memory) == []
    assert objects.commit("m", b"2") == b"1"
    memory.rm_file(f"{HERE}/m")
    assert objects.committed("m") == b"1"
    assert memory.cat_file(f"{HERE}/m") == b"1"


def test_an_object_that_a_lost_database_does_not_know_stays(objects, memory):
    put(memory, m="0")
    assert objects.commit("m", b"1") == b"0"


def test_storage_that_does_not_know_conditions(objects, memory, monkeypatch):
    plain = memory.pipe_file

    def pipe_file(path, data, mode="overwrite"):
        if mode == "create":
            raise OSError(5, "NotImplemented")
        plain(path, data)

    monkeypatch.setattr(memory, "pipe_file", pipe_file)
    assert [objects.commit("m", data) for data in (b"1", b"2")] == [b"1", b"1"]
    assert memory.cat_file(f"{HERE}/m") == b"1"


def test_results_are_published_as_in_a_local_folder(objects, memory, tmp_path):
    for run, names in ((1, ("a", "old")), (2, ("a",))):
        folder = tmp_path / str(run)
        (folder / "model").mkdir(parents=True)
        for name in names:
            (folder / "model" / name).write_text(str(run))
        manifest = Manifest(task="t", run=run, folder=f"t.{run}.L", files=files_of(folder), ending={})
        put(memory, **{f"{HIDDEN}/t.{run}.dead/model/a": "half"})
        assert read_manifest(objects, "t", run) is None
        assert publish(objects, folder, manifest) == manifest
        assert read_manifest(objects, "t", run) == manifest
        finish(objects, manifest)
        finish(objects, manifest)
    assert [key.removeprefix(f"/{HERE}/") for key in keys(memory)] == [
        f"{HIDDEN}/t.1.json",
        f"{HIDDEN}/t.2.json",
        "model/a",
    ]
    assert memory.cat_file(f"{HERE}/model/a") == b"2"
