import json

import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.gears.choose import Chosen
from modelwright.gears.document import read_gears_file, write_gears


def test_what_is_written_is_read(tmp_path):
    chosen = Chosen(gears=((32, 64), (64, 64)), uses=(3, 1), computed=1.0)
    write_gears(tmp_path / "g.json", chosen, {"data": "4 images"})
    assert read_gears_file(tmp_path / "g.json") == chosen.gears
    document = json.loads((tmp_path / "g.json").read_text())
    assert document == {"version": 1, "gears": [[32, 64], [64, 64]], "uses": [3, 1], "data": "4 images"}


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"gears": []}', '{"gears": [[1], [1, 2]]}', '{"gears": [[0]]}', '{"gears": [[true]]}', "1"],
)
def test_what_is_no_file_of_gears(tmp_path, text):
    (tmp_path / "g.json").write_text(text)
    with pytest.raises(ModelFormatError, match="no file of gears"):
        read_gears_file(tmp_path / "g.json")


def test_what_is_not_there(tmp_path):
    with pytest.raises(ModelNotFoundError):
        read_gears_file(tmp_path / "g.json")
