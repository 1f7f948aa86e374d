"""What fixes do to settings, data and placement."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.quantize.doctor.finding import Fix
from modelwright.quantize.doctor.fixing import fixed_feeds, fixed_settings
from modelwright.quantize.settings import Method, QuantizeSettings, Scheme, TensorRange


def test_settings() -> None:
    settings = QuantizeSettings(ignore_op_names=("a",), finetune=0)
    fixes = [Fix(what="", float_nodes=("b", "a")), Fix(what="", per_channel=True, finetune=1)]
    found = fixed_settings(settings, fixes)
    assert found.ignore_op_names == ("a", "b")
    assert found.finetune == 1
    assert found.weights == Scheme(per_channel=True)
    wanted = fixed_settings(QuantizeSettings(), [Fix(what="", methods=(("t", Method.MSE),))])
    assert wanted.ranges == (TensorRange(tensor="t", method=Method.MSE),)
    assert fixed_settings(QuantizeSettings(finetune=3), [Fix(what="", finetune=1)]).finetune == 3


def test_colours_change_before_means_and_the_length_stays(prepared, samples) -> None:
    array = prepared("bytes", 4)
    feeds = fixed_feeds(
        samples(array),
        [Fix(what="", input="image", preparation="bytes>imagenet"), Fix(what="", input="image", preparation="swap")],
    )
    assert len(feeds) == 4
    for place, batch in enumerate(feeds):
        wanted = prepared("bytes", 4)[place : place + 1, ::-1].transpose(0, 2, 3, 1) / 255
        wanted = (wanted - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        np.testing.assert_allclose(batch["image"], wanted.transpose(0, 3, 1, 2), atol=1e-5)


@pytest.mark.parametrize("again", [1, 2])
def test_copies_and_empty_samples_are_left_out(prepared, samples, again: int) -> None:
    array = prepared("unit", 6)
    broken = array[:1].copy()
    broken[0, 0, 0, 0] = np.inf
    mixed = np.concatenate([array[:3], array[:2], np.zeros_like(array[:2]), array[3:], broken])
    feeds = fixed_feeds(samples(mixed), [Fix(what="", distinct=True), Fix(what="", varied=True)])
    assert len(feeds) == 6
    for _ in range(again):
        np.testing.assert_array_equal(np.concatenate([batch["image"] for batch in feeds]), array)


def test_without_fixes_the_data_are_the_same_object(prepared, samples) -> None:
    feeds = samples(prepared("unit", 2))
    assert fixed_feeds(feeds, [Fix(what="", finetune=1)]) is feeds
