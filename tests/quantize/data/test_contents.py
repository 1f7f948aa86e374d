"""Contents, not places, tell whether data are the same."""

import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.data.contents import digest


def test_contents_and_order_count(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1").write_bytes(b"one")
        (tmp_path / folder / "2").write_bytes(b"two")
    a, b = ([tmp_path / folder / name for name in "12"] for folder in "ab")
    assert digest(a) == digest(b)
    assert digest(a) != digest(a[::-1])
    assert digest(a) != digest(a[:1])
    b[0].write_bytes(b"on")
    assert digest(a) != digest(b)


def test_a_file_that_went_away(tmp_path):
    with pytest.raises(CalibrationDataError, match="cannot be read"):
        digest([tmp_path / "gone"])
