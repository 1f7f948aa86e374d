"""Padding of windows."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.frontends.tensorflow.ops.convolution_windows import Padding, Window, pad_attributes
from modelwright.hub.padding import same_pads


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize(("extent", "stride"), [(1, 1), (2, 1), (3, 2), (5, 3), (2, 4)])
def test_same_makes_as_many_windows_as_steps_fit(size: int, extent: int, stride: int) -> None:
    pads = same_pads(size, extent, stride)
    assert pads is not None
    begin, end = pads
    windows = (size + begin + end - extent) // stride + 1
    assert windows == int(np.ceil(size / stride))
    assert end - begin in (0, 1)


def _window(kernel: int, stride: int, dilation: int = 1) -> Window:
    return Window(kernel=(kernel, kernel), strides=(stride, stride), dilations=(dilation, dilation))


def test_unknown_sizes_need_no_run_time_padding_with_steps_of_one() -> None:
    same = Padding(mode="SAME")
    assert pad_attributes(_window(4, 1, 2), same, (None, "height")) == {"pads": [3, 3, 3, 3]}
    assert pad_attributes(_window(1, 2), same, (None, None)) == {}


def test_auto_pad_stands_only_where_it_means_the_same() -> None:
    same = Padding(mode="SAME")
    assert pad_attributes(_window(3, 2), same, (None, 7)) == {"auto_pad": "SAME_UPPER"}
    assert pad_attributes(_window(2, 3), same, (None, 7)) is None
    assert pad_attributes(_window(3, 2, 2), same, (None, 7)) is None


def test_explicit_padding_is_begins_then_ends() -> None:
    padding = Padding(mode="EXPLICIT", explicit=((1, 2), (0, 3)))
    assert pad_attributes(_window(3, 1), padding, (5, 5)) == {"pads": [1, 0, 2, 3]}
