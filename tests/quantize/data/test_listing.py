"""Lists and folders of data files."""

import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.data.listing import listed_files, spread, type_of, types_in
from modelwright.quantize.data.settings import FileType


def test_a_list_is_relative_to_its_folder_and_keeps_its_order(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.png", "a b.png", "sub/c.png"):
        (tmp_path / name).touch()
    listed = tmp_path / "list.txt"
    listed.write_text(f"b.png\r\n\n  a b.png  \n{tmp_path}/sub/c.png\n")
    assert listed_files(listed, FileType.IMAGE) == (
        tmp_path / "b.png",
        tmp_path / "a b.png",
        tmp_path / "sub/c.png",
    )


def test_missing_files_are_named_with_their_lines(tmp_path):
    (tmp_path / "a.png").touch()
    listed = tmp_path / "list.txt"
    listed.write_text("a.png\n" + "".join(f"gone{index}.png\n" for index in range(7)))
    with pytest.raises(
        CalibrationDataError, match=r"names 7 of 8 files that are not there: line 2: .*gone0.* and 2 more"
    ):
        listed_files(listed, FileType.IMAGE)


@pytest.mark.parametrize(
    ("content", "said"), [(b"\n \n", "names no files"), (b"\xff\xd8\xff\xe0", "is no text list of files")]
)
def test_lists_that_are_none(tmp_path, content, said):
    listed = tmp_path / "list.txt"
    listed.write_bytes(content)
    with pytest.raises(CalibrationDataError, match=said):
        listed_files(listed, FileType.IMAGE)


def test_an_archive_given_as_a_list_is_recognized(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04\xff\xff")
    with pytest.raises(CalibrationDataError) as caught:
        listed_files(tmp_path / "a.npz", FileType.NPY)
    assert "file_type npz" in caught.value.hint


def test_a_folder_is_searched_with_those_in_it(tmp_path):
    for name in ("z/1.png", "a/2.JPG", "3.png", "note.txt", ".hidden.png", ".git/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert listed_files(tmp_path, FileType.IMAGE) == (
        tmp_path / "3.png",
        tmp_path / "a/2.JPG",
        tmp_path / "z/1.png",
    )
    with pytest.raises(CalibrationDataError, match="no npy files in this folder") as caught:
        listed_files(tmp_path, FileType.NPY)
    assert ".jpg" in caught.value.hint
    assert types_in(tmp_path) == (FileType.IMAGE,)


def test_an_empty_folder_and_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CalibrationDataError) as caught:
        listed_files(tmp_path / "empty", FileType.IMAGE)
    assert "it is empty" in caught.value.hint
    with pytest.raises(CalibrationDataError, match="there is no calibration data at"):
        listed_files(tmp_path / "none", FileType.IMAGE)


def test_a_single_data_file_is_itself(tmp_path):
    (tmp_path / "a.npy").touch()
    assert listed_files(tmp_path / "a.npy", FileType.NPY) == (tmp_path / "a.npy",)
    assert type_of(tmp_path / "a.BIN") is FileType.RAW
    assert type_of(tmp_path / "a") is None


def test_samples_are_spread_evenly():
    assert spread(10, 4) == (0, 2, 5, 7)
    assert spread(3, 10) == (0, 1, 2)
    assert len(set(spread(1000, 100))) == 100
