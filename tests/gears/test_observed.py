import json
from collections import Counter

import pytest
from PIL import Image

from modelwright.errors import ModelFormatError, ModelNotFoundError, UsageError
from modelwright.gears.observed import Fitting, observe


def test_images_in_folders(tmp_path):
    (tmp_path / "more").mkdir()
    Image.new("RGB", (100, 40)).save(tmp_path / "a.png")
    Image.new("RGB", (640, 320)).save(tmp_path / "more" / "b.jpg")
    (tmp_path / "notes.md").write_text("no image")
    found = observe(tmp_path, Fitting())
    assert found.sizes == Counter({(64, 128): 1, (320, 640): 1})
    assert (found.area, found.what) == (100 * 40 + 640 * 320, "2 images")
    assert observe(tmp_path, Fitting(limit=320)).sizes == Counter({(64, 128): 1, (160, 320): 1})
    assert observe(tmp_path, Fitting(height=32, interval=8)).sizes == Counter({(80,): 1, (64,): 1})


def box(width, height):
    return {"points": [[0, 0], [width, 0], [width, height], [0, height]], "transcription": "t"}


def test_labels(tmp_path):
    path = tmp_path / "labels.txt"
    lines = [[box(100, 20), box(50, 25)], [], [box(10, 0)], [box(64, 32)]]
    path.write_text("".join(f"i.jpg\t{json.dumps(line)}\n" for line in lines))
    found = observe(path, Fitting(height=32))
    assert found.sizes == Counter({(160,): 1, (64,): 2})
    assert found.what == "3 boxes of 4 images"
    counted = observe(path, Fitting(), boxes=True)
    assert (counted.sizes, counted.area) == (Counter({(2,): 1, (1,): 1}), 3.0)


def test_a_list(tmp_path):
    path = tmp_path / "sizes.txt"
    path.write_text("32,64\n\n32,64\n96,32\n")
    found = observe(path, Fitting())
    assert (found.sizes, found.area) == (Counter({(32, 64): 2, (96, 32): 1}), 3 * 2048 + 1024)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("32,64\n32\n", "line 2"),
        ("32,x\n", "line 1"),
        ("0\n", "line 1"),
        ("a.jpg\t[{]\n", "line 1: no label"),
        ('a.jpg\t[{"points": [[1, 2]]}]\n', "line 1: no label"),
    ],
)
def test_lines_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "data.txt"
    path.write_text(text)
    with pytest.raises(ModelFormatError, match=message):
        observe(path, Fitting())


def test_what_is_not_there(tmp_path):
    with pytest.raises(ModelNotFoundError):
        observe(tmp_path / "gone", Fitting())
    with pytest.raises(ModelFormatError, match="holds no images"):
        observe(tmp_path, Fitting())
    (tmp_path / "b").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelFormatError, match="is no text"):
        observe(tmp_path / "b", Fitting())
    with pytest.raises(UsageError, match="--interval is 0"):
        Fitting(interval=0)
