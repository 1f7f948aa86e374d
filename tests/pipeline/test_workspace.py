import errno
import os

import pytest

from modelwright.errors import OutputError
from modelwright.pipeline.workspace import Workspace


def _files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_files_appear_together_when_published(tmp_path):
    with Workspace() as workspace:
        first = workspace.stage(tmp_path / "a" / "m.onnx")
        first.write_text("model")
        first.with_name("m.onnx.data").write_text("weights")
        workspace.stage(tmp_path / "b" / "g.pb").write_text("graph")
        assert not (tmp_path / "a" / "m.onnx").exists()
        assert workspace.final_terms(f"{first}: bad") == f"{tmp_path}/a/m.onnx: bad"
        published = workspace.publish()
    assert published == (tmp_path / "a/m.onnx", tmp_path / "a/m.onnx.data", tmp_path / "b/g.pb")
    assert _files(tmp_path) == ["a", "a/m.onnx", "a/m.onnx.data", "b", "b/g.pb"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_nothing_is_left_otherwise(tmp_path, error):
    (tmp_path / "m.onnx").write_text("old")

    def interrupted():
        with Workspace() as workspace:
            workspace.stage(tmp_path / "m.onnx").write_text("new")
            workspace.stage(tmp_path / "x/y/n.onnx").write_text("new")
            raise error

    with pytest.raises(error):
        interrupted()
    assert _files(tmp_path) == ["m.onnx"]
    assert (tmp_path / "m.onnx").read_text() == "old"


def test_links_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "m.onnx").write_text("old")
    (tmp_path / "link.onnx").symlink_to("real/m.onnx")
    with Workspace() as workspace:
        workspace.stage(tmp_path / "link.onnx").write_text("new")
        workspace.publish()
    assert (tmp_path / "real" / "m.onnx").read_text() == "new"
    assert (tmp_path / "link.onnx").is_symlink()


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with Workspace() as workspace:
        with pytest.raises(OutputError, match="folder"):
            workspace.stage(tmp_path)
        with pytest.raises(OutputError, match="file"):
            workspace.stage(tmp_path / "file" / "m.onnx")
        with pytest.raises(OutputError, match="not a regular file"):
            workspace.stage(type(tmp_path)(os.devnull))


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_refusals_of_the_system(tmp_path, monkeypatch, code):
    def refuse(**kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with Workspace() as workspace, pytest.raises(OutputError) as caught:
        workspace.stage(tmp_path / "new" / "m.onnx")
    assert os.strerror(code) in caught.value.message
    assert caught.value.hint
    assert _files(tmp_path) == []


def test_the_scratch_folder_goes_with_the_workspace():
    with Workspace() as workspace:
        folder = workspace.scratch()
        assert folder.is_dir()
        assert workspace.scratch() == folder
        assert workspace.final_terms(f"{folder}/a: bad") == "(temporary)/a: bad"
        (folder / "a").write_text("a")
    assert not folder.exists()


def test_a_folder_takes_the_place_of_the_one_before(tmp_path):
    for text in ("old", "new"):
        with Workspace() as workspace:
            folder = workspace.stage(tmp_path / "m.om").with_name("m.om.plan")
            folder.mkdir()
            (folder / text).write_text(text)
            workspace.publish()
    assert _files(tmp_path) == ["m.om.plan", "m.om.plan/new"]
