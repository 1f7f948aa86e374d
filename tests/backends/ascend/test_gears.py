import pytest

from modelwright.backends.ascend.gears import gear_problems, read_gears
from modelwright.backends.ascend.shapes import parse_input_shape
from modelwright.errors import UsageError


def problems(kind, text, shape, input_format="NCHW", chip="Ascend310P3"):
    gears = read_gears({kind: text})
    found = gear_problems(gears, parse_input_shape(shape), input_format=input_format, soc_version=chip)
    return [message for message, hint in found if hint]


@pytest.mark.parametrize(
    ("kind", "text", "shape", "layout"),
    [
        ("dynamic_batch_size", "1,2,2048", "x:-1,3,8,8;info:-1,4", "NCHW"),
        ("dynamic_batch_size", "1,2", "x:-1,3;y:4", "ND"),
        ("dynamic_image_size", "416,416;832,640", "x:8,3,-1,-1;y:1,4", "NCHW"),
        ("dynamic_image_size", "416,416;832,640", "x:8,-1,-1,3", "NHWC"),
        ("dynamic_dims", "1;4;8", "x:-1,3,736,1280", "ND"),
        ("dynamic_dims", "20,20,1,1;40,40,2,2", "data:1,1,40,-1;label:1,-1;mask:-1,-1", "ND"),
    ],
)
def test_what_atc_takes(kind, text, shape, layout):
    assert problems(kind, text, shape, layout) == []


@pytest.mark.parametrize(
    ("kind", "text", "shape", "layout", "message"),
    [
        ("dynamic_batch_size", "4", "x:-1,3", "NCHW", "has 1 gear"),
        ("dynamic_batch_size", ",".join(map(str, range(1, 103))), "x:-1,3", "NCHW", "has 102 gears"),
        ("dynamic_batch_size", "2,4,2", "x:-1,3", "NCHW", "has 2 twice"),
        ("dynamic_batch_size", "2,4", "x:1,3", "NCHW", "no dimension of input_shape is -1"),
        ("dynamic_batch_size", "2,4", "x:-1,-1", "NCHW", "at dimension 1"),
        ("dynamic_batch_size", "2,4", "x:3,-1", "NCHW", "at dimension 1"),
        ("dynamic_batch_size", "2,4096", "x:-1,3", "NCHW", "4096 is too large"),
        ("dynamic_batch_size", "2,4", "x:-1,1~3", "NCHW", "ranges"),
        ("dynamic_image_size", "4,4;8,8", "x:-1,3,-1,-1", "NCHW", "-1 at 2 and 3"),
        ("dynamic_image_size", "4,4;8,8", "x:1,3,-1,8", "NCHW", "-1 at 2 and 3"),
        ("dynamic_image_size", "4,4;8,8", "x:1,-1,-1,3", "NCHW", "-1 at 2 and 3"),
        ("dynamic_image_size", "4,4;8,8", "x:3,-1,-1", "NCHW", "4 dimensions"),
        ("dynamic_image_size", "4,4;8", "x:1,3,-1,-1", "NCHW", "not height,width"),
        ("dynamic_image_size", "4,4;8,8", "x:1,3,-1,-1", "ND", "input_format ND"),
        ("dynamic_dims", "1,2;3", "x:-1,-1", "ND", "3 has 1 of 2 values"),
        ("dynamic_dims", "1;3", "x:-1,4", "NCHW", "input_format NCHW"),
    ],
)
def test_what_atc_refuses(kind, text, shape, layout, message):
    assert any(message in item for item in problems(kind, text, shape, layout))


def test_newer_chips_take_more():
    text = ",".join(map(str, range(1, 201)))
    assert problems("dynamic_batch_size", text, "x:-1", chip="Ascend950PR") == []
    assert problems("dynamic_batch_size", text, "x:-1") != []


def test_one_kind_only():
    with pytest.raises(UsageError, match="exclude each other"):
        read_gears({"dynamic_dims": "1;2", "dynamic_batch_size": "1,2"})
    assert read_gears({"log": "error"}) is None


@pytest.mark.parametrize(
    ("kind", "text", "shape", "expected"),
    [
        ("dynamic_batch_size", "2,4", "x:-1,3;y:-1,4;z:5", {"x": (4, 3), "y": (4, 4), "z": (5,)}),
        ("dynamic_image_size", "4,6;8,9", "x:1,3,-1,-1;y:1,3,-1,-1", {"x": (1, 3, 8, 9), "y": (1, 3, 8, 9)}),
        ("dynamic_dims", "1,2,3;4,5,6", "x:-1,7,-1;y:-1", {"x": (4, 7, 5), "y": (6,)}),
    ],
)
def test_sizes_of_a_gear(kind, text, shape, expected):
    gears = read_gears({kind: text})
    assert str(gears) == text
    assert gears.shapes(parse_input_shape(shape), 1) == expected
