import pytest
from fsspec.implementations.memory import MemoryFileSystem

from modelwright.service.errors import BusyError, InvalidRequestError, StateError
from modelwright.service.storage.bucket import Bucket
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.object_place import ObjectPlace
from modelwright.service.storage.object_storage import ObjectStorage
from modelwright.service.storage.store import Store
from modelwright.service.uploads.intake import LocalIntake, ObjectIntake
from modelwright.service.uploads.service import UploadService


@pytest.fixture
def memory():
    files = MemoryFileSystem(skip_instance_cache=True)
    files.store, files.pseudo_dirs = {}, [""]
    return files


@pytest.fixture(params=["local", "objects"])
def intake(request, tmp_path, context, memory):
    if request.param == "local":
        return LocalIntake(tmp_path / "u")
    storage = ObjectStorage(url="s3://bucket/_uploads")
    bucket = Bucket(storage, lambda _: memory)
    return ObjectIntake(ObjectPlace(url=storage.url, bucket=bucket, commits=Commits(context.database)), tmp_path / "s")


def nothing():
    """Nothing is wrong."""


def add(intake, name, data, offset, room=100):
    with intake.appending("u1", name, offset, room, nothing) as growing:
        growing.write(data)


def test_files_grow(intake):
    intake.begin("u1")
    assert intake.sizes("u1") == {}
    add(intake, "m/a", b"12345", 0)
    add(intake, "m/a", b"678", 5)
    add(intake, "b", b"", 0)
    assert intake.sizes("u1") == {"b": 0, "m/a": 8}
    for offset in (0, 5, 9):
        with pytest.raises(StateError, match="has 8 bytes so far"):
            add(intake, "m/a", b"x", offset)
    add(intake, "b", b"1", 0)
    with intake.gathered("u1") as folder:
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        assert {name: path.read_bytes() for name, path in files.items()} == {"b": b"1", "m/a": b"12345678"}
    intake.drop("u1")
    assert intake.sizes("u1") == {}


def test_what_came_before_the_line_broke_is_kept(intake):
    intake.begin("u1")
    manager = intake.appending("u1", "a", 0, 100, nothing)
    manager.__enter__().write(b"123")
    manager.__exit__(None, None, None)
    assert intake.sizes("u1") == {"a": 3}


def test_pieces_of_two_who_send_the_same(memory, context, tmp_path):
    storage = ObjectStorage(url="s3://bucket/_uploads")
    place = ObjectPlace(url=storage.url, bucket=Bucket(storage, lambda _: memory), commits=Commits(context.database))
    intake = ObjectIntake(place, tmp_path)
    for name, data in {"0-2": b"01", "0-4": b"0123", "2-3": b"234", "9-1": b"9", "5-0": b""}.items():
        offset, size = name.split("-")
        memory.pipe_file(f"bucket/_uploads/u1/a/{int(offset):016d}-{size}", data)
    assert intake.sizes("u1") == {"a": 5}
    with intake.gathered("u1") as folder:
        assert (folder / "a").read_bytes() == b"01234"
    with pytest.raises(InvalidRequestError, match="too long"):
        add(intake, "x" * 800, b"1", 0)


def test_an_upload_becomes_a_folder_of_the_bucket(memory, context, asking, tmp_path):
    reach = lambda _: memory  # noqa: E731
    commits = Commits(context.database)
    store = Store(ObjectStorage(url="s3://bucket/store"), {}, {}, commits, reach)
    uploads = UploadService(context.database, store, ObjectIntake(store.inner("uploads"), tmp_path / "s"), 100)
    upload = uploads.begin(asking())
    for name in ("net/a.onnx", "net/v/b"):
        with uploads.appending(asking(), upload, name, 0) as growing:
            growing.write(name.encode())
    with pytest.raises(InvalidRequestError, match="a file and a folder"), uploads.appending(asking(), upload, "net", 0):
        pass
    url = uploads.complete(asking(), upload)
    assert url == f"s3://bucket/store/default/uploads/{upload}/net"
    assert store.place("default", url).listing() == ("a.onnx", "v/b")
    assert [key for key in memory.store if "_uploads" in key] == []
    assert not list((tmp_path / "s").iterdir())


def test_a_completion_waits_for_what_grows(intake):
    intake.begin("u1")
    add(intake, "a", b"1", 0)
    if isinstance(intake, LocalIntake):
        with intake.appending("u1", "b", 0, 100, nothing), pytest.raises(BusyError), intake.gathered("u1"):
            pass
        with intake.gathered("u1"), pytest.raises(BusyError):
            add(intake, "a", b"2", 1)
    add(intake, "a", b"2", 1)
    with intake.gathered("u1") as folder:
        assert (folder / "a").read_bytes() == b"12"


def test_what_came_too_late_is_not_kept(intake):
    def check():
        raise StateError("too late")

    intake.begin("u1")
    with pytest.raises(StateError, match="too late"), intake.appending("u1", "a", 0, 100, check) as growing:
        growing.write(b"1")
    assert intake.sizes("u1") == {}
