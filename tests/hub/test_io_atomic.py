import errno
import os
from pathlib import Path

import pytest

from modelwright.errors import OutputError
from modelwright.hub import io_atomic
from modelwright.hub.io_atomic import OutputFiles, write_bytes


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def interrupt_while_writing(path: Path) -> None:
    with OutputFiles() as files:
        files.open(path).write(b"new")
        raise KeyboardInterrupt


def write_both(first: Path, second: Path) -> None:
    with OutputFiles() as files:
        files.open(first).write(b"new data")
        files.open(second).write(b"new")
        files.commit()


def test_makes_missing_folders_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "a" / "b" / "x.bin"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["a", "b", "x.bin"]


def test_nothing_is_left_without_commit(tmp_path):
    with OutputFiles() as files:
        files.open(tmp_path / "new" / "x.bin").write(b"half")
    assert names(tmp_path) == []


def test_an_exception_leaves_what_was_there(tmp_path):
    path = write_bytes(tmp_path / "x.bin", b"old")
    with pytest.raises(KeyboardInterrupt):
        interrupt_while_writing(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x.bin"]


def test_a_folder_of_that_name_is_refused(tmp_path):
    with pytest.raises(OutputError, match="a folder has this name") as caught:
        write_bytes(tmp_path, b"")
    assert caught.value.hint


def test_a_device_is_refused():
    with pytest.raises(OutputError, match="not a regular file"):
        write_bytes(Path("/dev/null"), b"")


def test_a_file_as_parent_is_refused(tmp_path):
    write_bytes(tmp_path / "x", b"")
    with pytest.raises(OutputError, match="cannot be written"):
        write_bytes(tmp_path / "x" / "y", b"")
    assert names(tmp_path) == ["x"]


def test_a_read_only_folder_is_refused(tmp_path, monkeypatch):
    def refuse(self, *_args, **_kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match="Permission denied") as caught:
        write_bytes(tmp_path / "x", b"")
    assert "may write to" in caught.value.hint
    assert names(tmp_path) == []


@pytest.mark.parametrize("stage", ["fsync", "write"])
def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, stage):
    path = write_bytes(tmp_path / "x", b"old")

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if stage == "fsync":
        monkeypatch.setattr(io_atomic.os, "fsync", full)
    else:
        monkeypatch.setattr(OutputFiles, "commit", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        write_bytes(path, b"new")
    assert "free some space" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


def test_when_the_last_rename_fails_the_first_file_is_put_back(tmp_path, monkeypatch):
    first = write_bytes(tmp_path / "x.data", b"old data")
    second = write_bytes(tmp_path / "x", b"old")
    real = Path.replace

    def replace(self, target):
        if Path(target).name == "x":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError):
        write_both(first, second)
    assert (first.read_bytes(), second.read_bytes()) == (b"old data", b"old")
    assert names(tmp_path) == ["x", "x.data"]


def test_a_link_stays_a_link(tmp_path):
    real = write_bytes(tmp_path / "real", b"old")
    link = tmp_path / "link"
    link.symlink_to(real)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
