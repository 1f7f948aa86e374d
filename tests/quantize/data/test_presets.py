"""What the presets promise, against torchvision and OpenCV."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modelwright.quantize.data.layout import image_layout
from modelwright.quantize.data.presets import Normalization, normalization
from modelwright.quantize.data.settings import Color, Preset
from modelwright.quantize.data.sources import ImageSource
from modelwright.quantize.data.spool import Spool

FIXTURE = Path(__file__).parents[2] / "fixtures" / "quantize" / "images.npz"
CASES = ("wide", "tall", "square", "odd")


def _read(tmp_path, image, item, preset, numbers):
    path = tmp_path / "image.png"
    Image.fromarray(image).save(path)
    layout = image_layout(item)
    source = ImageSource(
        images=(path,),
        name="x",
        layout=layout,
        dtype=np.dtype("float32"),
        preset=preset,
        normalization=numbers,
        spool=Spool(0, (), None),
    )
    return source.read(0, 1)[0]


@pytest.mark.parametrize("case", [*CASES, "small"])
def test_pt_imagenet_is_torchvisions_transform(tmp_path, case):
    with np.load(FIXTURE) as arrays:
        image, expected = arrays[f"{case}:image"], arrays[f"{case}:torch"]
    preset = Preset.PT_IMAGENET
    ours = _read(tmp_path, image, (3, 28, 28), preset, normalization(preset, color=None, mean=None, std=None))
    np.testing.assert_allclose(ours, expected, atol=2e-6)


def _are_near(ours, expected):
    """Another window than INTER_AREA's: the same picture and the same spread of values."""
    assert np.abs(ours - expected).mean() < 5
    assert abs(ours.mean() - expected.mean()) < 1
    assert 0.97 < ours.std() / expected.std() < 1.03


@pytest.mark.parametrize("case", CASES)
def test_imagenet_is_caffes_geometry_in_opencv(tmp_path, case):
    with np.load(FIXTURE) as arrays:
        image, expected = arrays[f"{case}:image"], arrays[f"{case}:caffe"]
    preset = Preset.IMAGENET
    ours = _read(tmp_path, image, (3, 28, 28), preset, normalization(preset, color=None, mean=None, std=None))
    _are_near(ours, expected)


@pytest.mark.parametrize("case", CASES)
def test_without_a_preset_images_are_stretched_as_opencv_does(tmp_path, case):
    with np.load(FIXTURE) as arrays:
        image, expected = arrays[f"{case}:image"], arrays[f"{case}:plain"]
    numbers = normalization(None, color=None, mean=None, std=None)
    ours = _read(tmp_path, image, (3, 23, 31), None, numbers)
    assert ours.shape == expected.shape
    _are_near(ours, expected)


def test_an_entrys_numbers_go_before_the_presets():
    own = normalization(Preset.PT_IMAGENET, color=None, mean=(1.0, 2.0, 3.0), std=None)
    assert own == Normalization(color=Color.BGR, mean=(1.0, 2.0, 3.0), std=None)


def test_the_presets_numbers_follow_the_order_of_the_channels():
    torch = normalization(Preset.PT_IMAGENET, color=Color.BGR, mean=None, std=None)
    assert torch.color is Color.BGR
    assert torch.mean == (103.53, 116.28, 123.675)
    assert torch.std == (57.375, 57.12, 58.395)
    caffe = normalization(Preset.IMAGENET, color=Color.RGB, mean=None, std=None)
    assert (caffe.mean, caffe.std) == ((123.68, 116.78, 103.94), None)


def test_without_preset_and_numbers_pixels_stay_as_they_are():
    assert normalization(None, color=None, mean=None, std=None) == Normalization(color=Color.BGR, mean=None, std=None)


def test_a_crop_that_is_not_square_is_covered(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (40, 200, 3), dtype=np.uint8)
    for size in ((64, 32), (32, 64)):
        ours = _read(tmp_path, image, (3, *size), Preset.IMAGENET, normalization(None, color=None, mean=None, std=None))
        assert ours.shape == (3, *size)
        assert ours.std() > 10
