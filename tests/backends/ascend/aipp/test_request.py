import pytest

from modelwright.backends.ascend.aipp.config import Crop
from modelwright.backends.ascend.aipp.request import ImageInput, build, looks_normalized
from modelwright.errors import UsageError

TARGET = ImageInput(name="x", index=1, channels=3, height=224, width=320)


def test_nothing_but_the_mean():
    found = build({"mean": "127.5"}, TARGET)
    assert (found.aipp.input_index, found.aipp.height, found.aipp.width) == (1, 224, 320)
    assert (found.aipp.mean, found.aipp.minimum) == ((127,) * 3, (0.5,) * 3)
    assert not found.resized


def test_crops_are_in_the_middle_or_where_they_are_said_to_be():
    found = build({"image_size": "300,400", "crop": "224,320"}, TARGET)
    assert found.aipp.crop == Crop(top=38, left=40, height=224, width=320)
    found = build({"image_size": "300x400", "crop": "224,320,5,7"}, TARGET)
    assert found.aipp.crop == Crop(top=5, left=7, height=224, width=320)


def test_resizing_is_left_to_the_network():
    found = build({"image_size": "480,640", "resize": "224,320"}, TARGET)
    assert (found.resized, found.aipp.output_size) == (True, (480, 640))
    found = build({"image_size": "480,640", "crop": "448,600", "resize": "224,320"}, TARGET)
    assert (found.resized, found.aipp.output_size) == (True, (448, 600))
    assert not build({"image_size": "224,320", "resize": "224,320"}, TARGET).resized


def test_gears_are_the_sizes():
    found = build({"color": "bgr-rgb"}, TARGET, geared=True)
    assert (found.aipp.height, found.aipp.width) == (0, 0)
    with pytest.raises(UsageError, match="dynamic_image_size"):
        build({"crop": "2,2"}, TARGET, geared=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color": "gray"}, "1 channels"),
        ({"mean": "1,2"}, "2 values for 3 channels"),
        ({"mean": "a"}, "mean is 'a'"),
        ({"std": "0"}, "std is 0"),
        ({"crop": "224,320"}, "out of what size"),
        ({"crop": "100,100", "image_size": "300,400"}, "not what the model takes"),
        ({"crop": "1,2,3", "image_size": "300,400"}, "crop is"),
        ({"resize": "224,224", "image_size": "300,400"}, "resize"),
        ({"resize": "224,320"}, "from what size"),
        ({"image_size": "300,400"}, "do not fit"),
        ({"image_size": "300"}, "image_size is"),
        ({"image_size": "-1,4"}, "image_size is"),
    ],
)
def test_what_does_not_fit(options, message):
    with pytest.raises(UsageError, match=message) as caught:
        build(options, TARGET)
    assert caught.value.hint


def test_scales_are_told_apart():
    assert looks_normalized({"mean": "0.485,0.456,0.406", "std": "0.229,0.224,0.225"})
    assert not looks_normalized({"mean": "123.675", "std": "58.4"})
    assert not looks_normalized({"mean": "0"})
    assert not looks_normalized({"mean": "x"})
