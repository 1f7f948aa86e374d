import numpy as np
import pytest

from modelwright.backends.ascend.aipp.color import parse_conversion
from modelwright.backends.ascend.aipp.config import Aipp, Crop, reciprocals, split_mean
from modelwright.backends.ascend.aipp.read import as_aipp, read_file


def operator(color="rgb", **changes):
    settings = {
        "input_index": 0,
        "height": 224,
        "width": 320,
        "conversion": parse_conversion(color, "jpeg"),
        "mean": (1, 2, 3),
        "minimum": (0.5, 0.0, 0.25),
        "factor": (1.0, 0.5, 0.01712),
    }
    return Aipp(**(settings | changes))


@pytest.mark.parametrize("color", ["rgb", "rgb-bgr", "nv12-rgb"])
@pytest.mark.parametrize("crop", [None, Crop(top=2, left=4, height=100, width=200)])
def test_the_text_says_everything(tmp_path, color, crop):
    made = operator(color, crop=crop)
    path = tmp_path / "insert_op_conf.cfg"
    path.write_text(made.text())
    (found,) = read_file(path)
    again = as_aipp(found, made.output_size, 3)
    assert again is not None
    assert (again.height, again.width, again.crop) == (made.height, made.width, made.crop)
    assert (again.mean, again.conversion.swap, again.conversion.matrix) == (
        made.mean,
        made.conversion.swap,
        made.conversion.matrix,
    )
    np.testing.assert_allclose(again.factor, made.factor, rtol=1e-3)
    np.testing.assert_allclose(again.minimum, made.minimum)


@pytest.mark.parametrize(
    ("color", "changes", "message"),
    [
        ("rgb", {"width": 5000}, "5000"),
        ("nv12-rgb", {"height": 225}, "even"),
        ("rgb", {"crop": Crop(top=200, left=0, height=100, width=10)}, "not inside"),
        ("nv12-rgb", {"crop": Crop(top=1, left=0, height=100, width=10)}, "must be even"),
        ("rgb", {"mean": (300, 0, 0)}, "mean of channel 0"),
        ("rgb", {"mean": (0, -1, 0)}, "mean of channel 1"),
        ("rgb", {"factor": (1.0, 1.0, float("inf"))}, "channel 2"),
    ],
)
def test_what_the_chip_does_not_take(color, changes, message):
    found = list(operator(color, **changes).problems())
    assert any(message in text for text, _ in found), found
    assert all(hint for _, hint in found)


def test_means_are_split_so_that_float16_holds_them():
    whole, rest = split_mean((123.675, 116.28, 0.0))
    assert whole == (123, 116, 0)
    np.testing.assert_allclose(np.array(whole) + rest, (123.675, 116.28, 0.0), atol=4e-4)
    assert abs(float(np.float16(123.675)) - 123.675) > 0.01


def test_reciprocals_beyond_float16_are_seen():
    assert reciprocals((2.0, 58.395)) == (0.5, float(np.float16(1 / 58.395)))
    assert reciprocals((1e-9,))[0] == float("inf")
