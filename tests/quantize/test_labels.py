import numpy as np
import pytest

from modelwright.errors import CalibrationDataError, ModelNotFoundError
from modelwright.quantize.labels import read_labels


@pytest.mark.parametrize("text", ["3\n1\n2\n", "a.png 3\nb.png 1\n\n# c.png 7\nc.png 2", "a b.png,3\nb.png,1\nc.png,2"])
def test_text(tmp_path, text):
    path = tmp_path / "labels.txt"
    path.write_text(text)
    assert read_labels(path).tolist() == [3, 1, 2]


def test_array(tmp_path):
    np.save(tmp_path / "labels.npy", np.array([3, 1, 2], np.uint8))
    assert read_labels(tmp_path / "labels.npy").tolist() == [3, 1, 2]


def test_what_holds_no_labels(tmp_path):
    with pytest.raises(ModelNotFoundError, match="missing"):
        read_labels(tmp_path / "missing.txt")
    (tmp_path / "words.txt").write_text("1\ncat\n")
    with pytest.raises(CalibrationDataError, match="line 2: 'cat'"):
        read_labels(tmp_path / "words.txt")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CalibrationDataError, match="read as text"):
        read_labels(tmp_path / "binary.txt")
    np.save(tmp_path / "floats.npy", np.ones(3))
    with pytest.raises(CalibrationDataError, match="integers"):
        read_labels(tmp_path / "floats.npy")
    (tmp_path / "cut.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(CalibrationDataError, match=r"no \.npy"):
        read_labels(tmp_path / "cut.npy")
