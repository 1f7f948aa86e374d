"""Sizes against Pillow, which wrote the files."""

import pytest
from PIL import Image

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.gears.image_size import image_size


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.jpg", {}),
        ("b.jpg", {"progressive": True, "comment": b"c" * 300}),
        ("a.bmp", {}),
        ("a.gif", {}),
        ("a.webp", {}),
        ("b.webp", {"lossless": True}),
        ("c.webp", {"exif": b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"}),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (37, 300), (1021, 16)])
def test_what_pillow_writes(tmp_path, name, options, size):
    path = tmp_path / name
    Image.new("RGB", size, (9, 80, 7)).save(path, **options)
    assert image_size(path) == size[::-1]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.gif", "a.webp"])
def test_cut_files(tmp_path, name):
    path = tmp_path / name
    Image.new("RGB", (20, 30)).save(path)
    data = path.read_bytes()
    for size in (0, 2, 5, 9):
        path.write_bytes(data[:size])
        with pytest.raises(ModelFormatError):
            image_size(path)


def test_other_files(tmp_path):
    (tmp_path / "a.png").write_bytes(b"RIFF1234WAVE" + bytes(30))
    with pytest.raises(ModelFormatError, match="is no image whose size is known"):
        image_size(tmp_path / "a.png")
    with pytest.raises(ModelNotFoundError):
        image_size(tmp_path / "gone.png")
