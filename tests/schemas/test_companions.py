import os

import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.schemas.companions import companion


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret").write_bytes(b"s")
    place = tmp_path / "model"
    (place / "inner").mkdir(parents=True)
    (place / "weights").write_bytes(b"w")
    (place / "inner" / "more").write_bytes(b"m")
    (place / "link").symlink_to("weights")
    (place / "out").symlink_to("../secret")
    (place / "up").symlink_to("..")
    (place / "circle").symlink_to("circle")
    os.link(place / "weights", place / "hard")
    os.mkfifo(place / "pipe")
    return place


@pytest.mark.parametrize("name", ["weights", "inner/more", "link", "hard", "inner/../weights", "./weights"])
def test_files_of_the_folder(folder, name):
    assert companion(folder, name, what="m").is_file()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "not a relative path"),
        ("/etc/passwd", "not a relative path"),
        ("a\0b", "not a relative path"),
        ("../secret", "leads out"),
        ("out", "leads out"),
        ("up/secret", "leads out"),
        ("pipe", "not a regular file"),
        ("inner", "not a regular file"),
        ("x" * 5000, "cannot be a file"),
    ],
)
def test_what_is_refused(folder, name, reason):
    with pytest.raises(ModelFormatError, match=reason) as caught:
        companion(folder, name, what="m")
    assert len(str(caught.value)) < 600


def test_symbolic_links_in_a_circle(folder):
    with pytest.raises((ModelFormatError, ModelNotFoundError)):
        companion(folder, "circle", what="m")


def test_what_is_not_there(folder):
    with pytest.raises(ModelNotFoundError, match="gone"):
        companion(folder, "gone", what="m")


def test_the_folder_itself_may_be_reached_through_a_link(folder, tmp_path):
    (tmp_path / "alias").symlink_to(folder)
    assert companion(tmp_path / "alias", "weights", what="m").is_file()
