"""Decoded images are kept, within bounds."""

import numpy as np
import pytest
from PIL import Image

from modelwright.formats import TensorSpec
from modelwright.quantize.data import sources, spool
from modelwright.quantize.data.open import open_feeds
from modelwright.quantize.data.settings import DataSettings, InputData
from modelwright.quantize.data.spool import Spool


def test_what_is_put_is_got(tmp_path):
    kept = Spool(3, (2, 4, 3), tmp_path)
    assert kept.get(1) is None
    pixels = [np.random.default_rng(index).integers(0, 256, (2, 4, 3), dtype=np.uint8) for index in range(3)]
    kept.put(2, pixels[2])
    kept.put(0, pixels[0][::-1][::-1])
    assert kept.get(1) is None
    np.testing.assert_array_equal(kept.get(0), pixels[0])
    np.testing.assert_array_equal(kept.get(2), pixels[2])
    assert not list(tmp_path.iterdir())


def test_too_many_images_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MOST", 47)
    kept = Spool(2, (2, 4, 3), tmp_path)
    kept.put(0, np.zeros((2, 4, 3), np.uint8))
    assert kept.get(0) is None


def test_a_full_disk_is_no_error(tmp_path):
    kept = Spool(2, (2, 4, 3), tmp_path / "none")
    kept.put(0, np.zeros((2, 4, 3), np.uint8))
    assert kept.get(0) is None


def test_images_are_decoded_once(tmp_path, monkeypatch):
    for index in range(3):
        array = np.random.default_rng(index).integers(0, 256, (6, 7, 3), dtype=np.uint8)
        Image.fromarray(array).save(tmp_path / f"{index}.png")
    settings = DataSettings(inputs=(InputData(path=str(tmp_path), mean=(1.0, 2.0, 3.0), std=(4.0,)),), batch_size=2)
    feeds = open_feeds(settings, [TensorSpec(name="x", dtype="float32", shape=("N", 3, 6, 7))])
    first = [feed["x"] for feed in feeds]
    monkeypatch.setattr(sources, "read_pixels", lambda *_: pytest.fail("it was decoded again"))
    for again in (feeds, feeds.part(0, 2)):
        for wanted, found in zip(first, again, strict=True):
            np.testing.assert_array_equal(found["x"], wanted)
