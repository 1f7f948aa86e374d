"""Images of every kind become the pixels that people see."""

import io

import numpy as np
import pytest
from PIL import Image

from modelwright.errors import CalibrationDataError, ToolMissingError
from modelwright.quantize.data import pixels
from modelwright.quantize.data.layout import image_layout
from modelwright.quantize.data.pixels import check_pillow, read_pixels

RGB = image_layout((3, 8, 8))
GREY = image_layout((1, 8, 8))
RGBA = image_layout((4, 8, 8))


def _saved(path, image, **options):
    image.save(path, **options)
    return path


def _ramp(shape=(8, 8, 3), dtype=np.uint8):
    return (np.arange(np.prod(shape)).reshape(shape) % 251).astype(dtype)


def test_colours_stay_in_order(tmp_path):
    array = _ramp()
    np.testing.assert_array_equal(read_pixels(_saved(tmp_path / "a.png", Image.fromarray(array)), RGB, None), array)


def test_grey_becomes_three_equal_channels_and_colours_grey(tmp_path):
    grey = _ramp((8, 8))
    three = read_pixels(_saved(tmp_path / "g.png", Image.fromarray(grey)), RGB, None)
    np.testing.assert_array_equal(three, np.repeat(grey[:, :, None], 3, axis=2))
    one = read_pixels(_saved(tmp_path / "c.png", Image.fromarray(_ramp())), GREY, None)
    assert one.shape == (8, 8, 1)
    expected = _ramp().astype(float) @ [0.299, 0.587, 0.114]
    assert np.abs(one[:, :, 0] - expected).max() <= 1


def test_transparency_is_dropped_or_kept(tmp_path):
    array = _ramp((8, 8, 4))
    path = _saved(tmp_path / "a.png", Image.fromarray(array))
    np.testing.assert_array_equal(read_pixels(path, RGB, None), array[:, :, :3])
    np.testing.assert_array_equal(read_pixels(path, RGBA, None), array)
    opaque = read_pixels(_saved(tmp_path / "b.png", Image.fromarray(array[:, :, :3])), RGBA, None)
    assert (opaque[:, :, 3] == 255).all()


def test_palettes_with_and_without_transparency(tmp_path):
    array = np.kron(
        np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [9, 9, 9]]], np.uint8), np.ones((4, 4, 1), np.uint8)
    )
    palette = Image.fromarray(array).convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    plain = read_pixels(_saved(tmp_path / "p.png", palette), RGB, None)
    np.testing.assert_array_equal(plain, array)
    marked = read_pixels(_saved(tmp_path / "t.png", palette, transparency=bytes([0, 128, 255])), RGB, None)
    np.testing.assert_array_equal(marked, array)


@pytest.mark.parametrize("mode", ["CMYK", "1", "LA", "HSV", "LAB", "YCbCr"])
def test_other_modes_become_rgb(tmp_path, mode):
    suffix = {"CMYK": "jpg", "HSV": "tif", "LAB": "tif", "YCbCr": "jpg"}.get(mode, "png")
    white = Image.new("RGB", (8, 8), "white")
    source = white if mode in ("HSV", "LAB") else white.convert(mode)
    found = read_pixels(_saved(tmp_path / f"a.{suffix}", source), RGB, None)
    assert found.shape == (8, 8, 3)
    assert found.min() > 250


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    wide = (np.arange(64).reshape(8, 8) * 1000).astype(np.uint16)
    path = _saved(tmp_path / "w.png", Image.fromarray(wide))
    np.testing.assert_array_equal(read_pixels(path, GREY, None)[:, :, 0], np.rint(wide / 257))
    assert read_pixels(path, RGB, None).shape == (8, 8, 3)


def test_pixels_without_a_range_are_refused(tmp_path):
    for array in (np.full((8, 8), 0.5, np.float32), np.full((8, 8), 10**6, np.int32)):
        path = _saved(tmp_path / "f.tiff", Image.fromarray(array))
        with pytest.raises(CalibrationDataError, match=r"f\.tiff: .*neither 8 nor 16 bits"):
            read_pixels(path, RGB, None)


@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_the_exif_orientation_is_applied(tmp_path, kind):
    array = np.zeros((16, 8, 3), np.uint8)
    array[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    path = _saved(tmp_path / f"a.{kind}", Image.fromarray(array), exif=exif)
    found = read_pixels(path, image_layout((3, 8, 16)), None)
    assert found[:, 8:].min() > 250
    assert found[:, :8].max() < 5


def test_of_an_animation_the_first_frame_counts(tmp_path):
    frames = [Image.new("L", (8, 8), level) for level in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (read_pixels(tmp_path / "a.gif", GREY, None) == 10).all()


def test_large_photographs_are_decoded_at_a_fraction_with_little_difference(tmp_path, monkeypatch):
    small = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    photo = Image.fromarray(small).resize((640, 480), Image.Resampling.BICUBIC)
    path = _saved(tmp_path / "a.jpg", photo, quality=92)
    layout = image_layout((3, 32, 32))
    fast = read_pixels(path, layout, None).astype(int)
    monkeypatch.setattr(pixels, "_DRAFT", 1000)
    whole = read_pixels(path, layout, None).astype(int)
    assert not np.array_equal(fast, whole)
    assert np.abs(fast - whole).mean() < 1


def _error_of(path):
    try:
        read_pixels(path, RGB, None)
    except CalibrationDataError as error:
        return error
    return None


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "webp", "tiff", "gif"])
def test_damaged_images_are_errors_that_name_the_file(tmp_path, kind):
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(stream, kind)
    content = stream.getvalue()
    path = tmp_path / f"a.{kind}"
    rng = np.random.default_rng(1)
    for attempt in range(24):
        if attempt % 2:
            path.write_bytes(content[: rng.integers(0, len(content))])
        else:
            damaged = bytearray(content)
            for place in rng.integers(0, min(len(content), 400), 4):
                damaged[place] = rng.integers(0, 256)
            path.write_bytes(damaged)
        error = _error_of(path)
        assert error is None or (str(path) in error.message and error.hint)


def test_what_is_no_image_says_so(tmp_path):
    (tmp_path / "a.png").write_text("not an image")
    with pytest.raises(CalibrationDataError, match="no image that Pillow can read") as caught:
        read_pixels(tmp_path / "a.png", RGB, None)
    assert "file_type" in caught.value.hint


def test_huge_images_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 30)
    for side in (6, 20):
        path = _saved(tmp_path / "a.png", Image.new("L", (side, side)))
        with pytest.raises(CalibrationDataError, match="too large"):
            read_pixels(path, GREY, None)


def test_without_pillow_the_remedy_is_named(monkeypatch):
    check_pillow()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ToolMissingError) as caught:
        check_pillow()
    assert "modelwright[images]" in caught.value.hint
