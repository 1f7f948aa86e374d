"""Samples of one input, from images and from files of numbers."""

import numpy as np
import pytest
from PIL import Image

from modelwright.errors import CalibrationDataError
from modelwright.quantize.data.arrays import open_npy
from modelwright.quantize.data.layout import image_layout
from modelwright.quantize.data.presets import Normalization
from modelwright.quantize.data.settings import Color
from modelwright.quantize.data.sources import ArraySource, Chosen, ImageSource, Repeated
from modelwright.quantize.data.spool import Spool


def _image(tmp_path, channels=3):
    shape = (4, 6, channels) if channels > 1 else (4, 6)
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(array).save(tmp_path / "a.png")
    return array.reshape(4, 6, channels)


def _source(tmp_path, item, *, dtype="float32", color=Color.RGB, mean=None, std=None):
    return ImageSource(
        images=(tmp_path / "a.png",),
        name="x",
        layout=image_layout(item),
        dtype=np.dtype(dtype),
        preset=None,
        normalization=Normalization(color=color, mean=mean, std=std),
        spool=Spool(0, (), None),
    )


def test_means_and_deviations_are_those_of_the_channels_in_order(tmp_path):
    array = _image(tmp_path).astype(np.float64)
    mean, std = (10.0, 20.0, 30.0), (2.0, 3.0, 4.0)
    expected = (array - mean) / std
    found = _source(tmp_path, (4, 6, 3), mean=mean, std=std).read(0, 1)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    first = _source(tmp_path, (3, 4, 6), mean=mean, std=std).read(0, 1)
    np.testing.assert_allclose(first[0], expected.transpose(2, 0, 1), rtol=1e-6)
    swapped = _source(tmp_path, (3, 4, 6), color=Color.BGR, mean=mean[::-1], std=std[::-1]).read(0, 1)
    np.testing.assert_allclose(swapped[0], expected.transpose(2, 0, 1)[::-1], rtol=1e-6)
    one = _source(tmp_path, (3, 4, 6), std=(255.0,)).read(0, 1)
    np.testing.assert_allclose(one[0], array.transpose(2, 0, 1) / 255, rtol=1e-6)
    assert found.flags.c_contiguous
    assert first.flags.c_contiguous


def test_bgr_keeps_transparency_last(tmp_path):
    array = _image(tmp_path, 4)
    found = _source(tmp_path, (4, 4, 6), color=Color.BGR).read(0, 1)[0]
    np.testing.assert_array_equal(found, array[:, :, [2, 1, 0, 3]].transpose(2, 0, 1))


def test_a_model_of_bytes_gets_bytes(tmp_path):
    array = _image(tmp_path)
    found = _source(tmp_path, (4, 6, 3), dtype="uint8").read(0, 1)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found[0], array)
    with pytest.raises(CalibrationDataError, match="holds float32, but input 'x' is uint8"):
        _source(tmp_path, (4, 6, 3), dtype="uint8", mean=(0.5,)).read(0, 1)


def test_half_floats(tmp_path):
    array = _image(tmp_path)
    found = _source(tmp_path, (4, 6, 3), dtype="float16", mean=(128.0,), std=(64.0,)).read(0, 1)
    np.testing.assert_array_equal(found[0], ((array - np.float32(128)) / np.float32(64)).astype(np.float16))


def _saved(tmp_path, *arrays):
    files = []
    for index, array in enumerate(arrays):
        np.save(tmp_path / f"{index}.npy", array)
        files.append(open_npy(tmp_path / f"{index}.npy"))
    return files


def test_files_of_one_and_of_several_samples(tmp_path):
    rows = np.arange(24, dtype=np.float32).reshape(8, 3)
    files = _saved(tmp_path, rows[0], rows[1:4], rows[4:5], rows[5:])
    source = ArraySource(files, name="x", item=(3,), dtype=np.dtype("float32"))
    assert len(source) == 8
    for start in range(8):
        for stop in range(start + 1, 9):
            np.testing.assert_array_equal(source.read(start, stop), rows[start:stop])
    assert [path.name for path in source.files(0, 2)] == ["0.npy", "1.npy"]
    assert [path.name for path in source.files(3, 5)] == ["1.npy", "2.npy"]
    assert [path.name for path in source.files(7, 8)] == ["3.npy"]


@pytest.mark.parametrize("shape", [(2,), (4,), (2, 4), (1, 1, 3), (0, 3), ()])
def test_shapes_that_do_not_fit_name_the_file(tmp_path, shape):
    files = _saved(tmp_path, np.zeros(shape, np.float32))
    with pytest.raises(CalibrationDataError, match=r"0\.npy: its shape .* does not fit input 'x'") as caught:
        ArraySource(files, name="x", item=(3,), dtype=np.dtype("float32"))
    assert "input_shape" in caught.value.hint


def test_open_sizes_may_differ_between_samples_but_not_in_a_batch(tmp_path):
    files = _saved(tmp_path, np.zeros((5, 2), np.int64), np.zeros((7, 2), np.int64))
    source = ArraySource(files, name="ids", item=("length", 2), dtype=np.dtype("int64"))
    assert [source.read(index, index + 1).shape for index in range(2)] == [(1, 5, 2), (1, 7, 2)]
    with pytest.raises(CalibrationDataError, match=r"'ids': samples of shapes \[5, 2\] and \[7, 2\]"):
        source.read(0, 2)


def test_scalars(tmp_path):
    files = _saved(tmp_path, np.float32(2), np.array([3, 4], np.float32))
    source = ArraySource(files, name="k", item=(), dtype=np.dtype("float32"))
    np.testing.assert_array_equal(source.read(0, 3), [2, 3, 4])


def test_wrong_numbers_name_the_file(tmp_path):
    files = _saved(tmp_path, np.zeros(3, np.float32), np.array([0, np.nan, 1], np.float32))
    source = ArraySource(files, name="x", item=(3,), dtype=np.dtype("float32"))
    source.read(0, 1)
    with pytest.raises(CalibrationDataError, match=r"1\.npy: 1 of 3 numbers are NaN"):
        source.read(1, 2)


def test_repeated_and_chosen_samples(tmp_path):
    files = _saved(tmp_path, np.arange(12, dtype=np.float32).reshape(4, 3))
    source = ArraySource(files, name="x", item=(3,), dtype=np.dtype("float32"))
    chosen = Chosen(source=source, indices=(0, 3))
    assert len(chosen) == 2
    np.testing.assert_array_equal(chosen.read(0, 2), source.read(0, 4)[[0, 3]])
    assert [path.name for path in chosen.files(1, 2)] == ["0.npy"]
    repeated = Repeated(source=chosen, count=5)
    assert len(repeated) == 5
    np.testing.assert_array_equal(repeated.read(2, 4), source.read(0, 1).repeat(2, axis=0))
    assert len(repeated.files(3, 4)) == 1
