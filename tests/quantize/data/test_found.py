"""What a path alone means."""

import numpy as np
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.formats import TensorSpec
from modelwright.quantize.data.found import find_data
from modelwright.quantize.data.settings import Color, DataSettings, FileType, InputData

LIKE = InputData(path="", color=Color.RGB)
ONE = [TensorSpec(name="x", dtype="float32", shape=(1, 3))]
TWO = [*ONE, TensorSpec(name="a/b:0", dtype="float32", shape=(1, 3))]


def _find(path, specs):
    found = find_data(path, specs, like=LIKE, settings=DataSettings(inputs=(), batches=7, batch_size=2))
    assert (found.batches, found.batch_size) == (7, 2)
    assert all(item.color is Color.RGB for item in found.inputs)
    return [(item.name, item.path, item.file_type) for item in found.inputs]


def test_an_archive_is_for_all_inputs(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path)
    assert _find(path, TWO) == [("x", str(path), FileType.NPZ), ("a/b:0", str(path), FileType.NPZ)]
    assert [item[2] for item in _find(tmp_path, TWO)] == [FileType.NPZ] * 2


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "img"), ("a.npy", "npy"), ("a.bin", "raw")])
def test_a_folder_a_list_and_a_file_of_the_only_input(tmp_path, name, kind):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).touch()
    (tmp_path / "list.txt").write_text(f"folder/{name}\n")
    for path in (tmp_path / "folder", tmp_path / "list.txt", tmp_path / "folder" / name):
        assert _find(path, ONE) == [("x", str(path), FileType(kind))]


def test_several_inputs_have_a_folder_each(tmp_path):
    for name in ("x", "a_b_0"):
        (tmp_path / name).mkdir()
    (tmp_path / "x/1.png").touch()
    (tmp_path / "a_b_0/1.npy").touch()
    assert _find(tmp_path, TWO) == [
        ("x", str(tmp_path / "x"), FileType.IMAGE),
        ("a/b:0", str(tmp_path / "a_b_0"), FileType.NPY),
    ]


def test_what_cannot_be_told(tmp_path):
    (tmp_path / "1.png").touch()
    with pytest.raises(CalibrationDataError, match=r"the model has 2 inputs \(x, a/b:0\)") as caught:
        _find(tmp_path, TWO)
    assert "folders x, a_b_0" in caught.value.hint
    (tmp_path / "1.npy").touch()
    with pytest.raises(CalibrationDataError, match="holds img and npy files together"):
        _find(tmp_path, ONE)
    with pytest.raises(CalibrationDataError, match="there is no calibration data at"):
        _find(tmp_path / "none", ONE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CalibrationDataError, match="no calibration data there"):
        _find(tmp_path / "empty", ONE)
