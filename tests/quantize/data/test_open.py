"""From settings and a model's inputs to batches."""

import numpy as np
import pytest
from PIL import Image

from modelwright.errors import CalibrationDataError, UsageError
from modelwright.formats import TensorSpec
from modelwright.quantize.data.open import open_feeds
from modelwright.quantize.data.settings import Color, DataSettings, FileType, InputData, Preset


def _spec(name="x", shape=("N", 3), dtype="float32"):
    return TensorSpec(name=name, dtype=dtype, shape=shape)


def _npy(folder, name, *arrays):
    for index, array in enumerate(arrays):
        np.save(folder / f"{name}{index}.npy", array)
    listed = folder / f"{name}.txt"
    listed.write_text("".join(f"{name}{index}.npy\n" for index in range(len(arrays))))
    return InputData(path=str(listed), file_type=FileType.NPY)


def _images(folder, count, size=(12, 10)):
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(count)]
    for index, array in enumerate(arrays):
        Image.fromarray(array).save(folder / f"{index:03}.png")
    return arrays


def _open(inputs, specs, **settings):
    return open_feeds(DataSettings(inputs=tuple(inputs), **settings), specs)


def _said(feeds):
    return [remark.message for remark in feeds.remarks]


def test_images_in_a_folder(tmp_path):
    arrays = _images(tmp_path / "images", 5)
    feeds = _open([InputData(path=str(tmp_path / "images"))], [_spec(shape=("N", 3, 12, 10))], batch_size=2)
    found = np.concatenate([feed["x"] for feed in feeds])
    np.testing.assert_array_equal(found, [array.transpose(2, 0, 1)[::-1] for array in arrays])
    assert [len(feed["x"]) for feed in feeds] == [2, 2, 1]
    assert _said(feeds) == ["input 'x': pixels from 0 to 255 in BGR order, as they are"]


def test_a_folder_is_sampled_evenly_and_a_list_from_its_beginning(tmp_path):
    arrays = _images(tmp_path / "images", 10)
    spec = _spec(shape=(1, 12, 10, 3))
    entry = InputData(path=str(tmp_path / "images"), color=Color.RGB, mean=(0.0,))
    feeds = _open([entry], [spec], batches=3)
    np.testing.assert_array_equal([feed["x"][0] for feed in feeds], [arrays[index] for index in (0, 3, 6)])
    assert _said(feeds) == ["input 'x': 3 of 10 files are used (calibration_step)"]
    (tmp_path / "list.txt").write_text("".join(f"images/{index:03}.png\n" for index in range(10)))
    listed = InputData(path=str(tmp_path / "list.txt"), color=Color.RGB, mean=(0.0,))
    feeds = _open([listed], [spec], batches=3)
    np.testing.assert_array_equal([feed["x"][0] for feed in feeds], arrays[:3])


def test_the_presets_numbers_are_said(tmp_path):
    _images(tmp_path / "images", 1)
    entry = InputData(path=str(tmp_path / "images"), preset=Preset.PT_IMAGENET)
    feeds = _open([entry], [_spec(shape=(1, 3, 7, 7))])
    assert "in RGB order, minus [123.675, 116.28, 103.53], divided by [58.395, 57.12, 57.375]" in _said(feeds)[0]


def test_open_sizes_of_images_are_said_by_input_shape(tmp_path):
    _images(tmp_path / "images", 1)
    spec = _spec(shape=("N", 3, "H", "W"))
    with pytest.raises(CalibrationDataError, match="takes no images") as caught:
        _open([InputData(path=str(tmp_path / "images"))], [spec])
    assert "input_shape" in caught.value.hint
    (feed,) = _open([InputData(path=str(tmp_path / "images"), shape=(1, 3, 6, 5))], [spec])
    assert feed["x"].shape == (1, 3, 6, 5)


def test_grey_images_have_no_order_and_no_numbers_of_a_preset(tmp_path):
    _images(tmp_path / "images", 1)
    feeds = _open([InputData(path=str(tmp_path / "images"))], [_spec(shape=(1, 1, 4, 4))])
    assert _said(feeds) == ["input 'x': pixels from 0 to 255, as they are"]
    with pytest.raises(CalibrationDataError, match="the numbers of IMAGENET are for images of 3 channels") as caught:
        _open([InputData(path=str(tmp_path / "images"), preset=Preset.IMAGENET)], [_spec(shape=(1, 1, 4, 4))])
    assert "mean_value" in caught.value.hint


def test_one_image_without_a_batch(tmp_path):
    _images(tmp_path / "images", 3)
    feeds = _open([InputData(path=str(tmp_path / "images"))], [_spec(shape=(3, 12, 10))])
    assert [feed["x"].shape for feed in feeds] == [(3, 12, 10)] * 3


def test_numbers_for_another_count_of_channels(tmp_path):
    _images(tmp_path / "images", 1)
    for shape, key in (((1, 1, 4, 4), "mean"), ((1, 3, 4, 4), "std")):
        numbers = (1.0, 2.0) if key == "std" else (1.0, 2.0, 3.0)
        with pytest.raises(CalibrationDataError, match=f"{key}_value has {len(numbers)} numbers"):
            _open([InputData(path=str(tmp_path / "images"), **{key: numbers})], [_spec(shape=shape)])


def test_several_inputs_of_arrays_go_together(tmp_path):
    ids = [np.array([[index, index + 1]]) for index in range(4)]
    masks = [np.ones((1, 2), np.int64) * index for index in range(4)]
    specs = [_spec("ids", ("N", 2), "int64"), _spec("mask", ("N", 2), "int64")]
    feeds = _open([_npy(tmp_path, "i", *ids), _npy(tmp_path, "m", *masks)], specs, batch_size=3)
    found = [(feed["ids"].tolist(), feed["mask"].tolist()) for feed in feeds]
    assert found == [([[0, 1], [1, 2], [2, 3]], [[0, 0], [1, 1], [2, 2]]), ([[3, 4]], [[3, 3]])]


def test_different_numbers_of_samples_are_refused(tmp_path):
    entries = [_npy(tmp_path, "a", np.zeros((3, 3))), _npy(tmp_path, "b", np.zeros((4, 3)))]
    with pytest.raises(CalibrationDataError, match="different numbers of samples: 'a' 3, 'b' 4"):
        _open(entries, [_spec("a"), _spec("b")])


def test_a_single_sample_goes_with_all_others(tmp_path):
    entries = [_npy(tmp_path, "a", np.zeros((3, 3))), _npy(tmp_path, "b", np.ones((1, 3)))]
    feeds = _open(entries, [_spec("a"), _spec("b")], batch_size=2)
    assert [feed["b"].tolist() for feed in feeds] == [[[1, 1, 1], [1, 1, 1]], [[1, 1, 1]]]
    assert "input 'b' has one sample, which is used in all batches" in _said(feeds)


def test_inputs_without_a_batch_are_taken_whole(tmp_path):
    image = _npy(tmp_path, "x", np.arange(12.0).reshape(4, 3))
    size = _npy(tmp_path, "size", np.array([5.0, 7.0]))
    specs = [_spec("x", (1, 3)), _spec("size", (2,))]
    feeds = _open([image, size], specs)
    assert [feed["size"].tolist() for feed in feeds] == [[5, 7]] * 4
    sizes = _npy(tmp_path, "sizes", *(np.full(2, float(index)) for index in range(4)))
    feeds = _open([image, sizes], specs)
    assert [feed["size"].tolist() for feed in feeds] == [[index, index] for index in range(4)]
    few = _npy(tmp_path, "few", *(np.full(2, float(index)) for index in range(3)))
    with pytest.raises(CalibrationDataError, match=r"4 batches are wanted, but .* 'size' 3"):
        _open([image, few], specs)


def test_a_fixed_batch_takes_whole_batches_only(tmp_path):
    feeds = _open([_npy(tmp_path, "x", np.arange(21.0).reshape(7, 3))], [_spec(shape=(3, 3))])
    assert [feed["x"].shape for feed in feeds] == [(3, 3), (3, 3)]
    assert _said(feeds) == ["the last 1 of 7 samples are left out: the model takes batches of 3"]
    with pytest.raises(CalibrationDataError, match="the model takes batches of 3, but there are 2 samples"):
        _open([_npy(tmp_path, "y", np.zeros((2, 3)))], [_spec(shape=(3, 3))])


def test_raw_files_of_samples_and_of_other_dtypes(tmp_path):
    values = np.arange(12, dtype=np.uint8)
    values.tofile(tmp_path / "a.raw")
    entry = InputData(path=str(tmp_path / "a.raw"), file_type=FileType.RAW, dtype="uint8")
    feeds = _open([entry], [_spec(shape=("N", 3))], batch_size=4)
    np.testing.assert_array_equal(next(iter(feeds))["x"], values.reshape(4, 3).astype(np.float32))
    with pytest.raises(CalibrationDataError, match="raw files do not tell the sizes"):
        _open([entry], [_spec(shape=("N", "L"))])


def test_an_archive_with_an_array_for_each_input(tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(5, 2)).astype(np.float32)
    np.savez(tmp_path / "data.npz", a=a, b=b)
    entry = InputData(path=str(tmp_path / "data.npz"), file_type=FileType.NPZ)
    feeds = _open([entry, entry], [_spec("a"), _spec("b", ("N", 2))], batches=2, batch_size=2)
    for index, feed in enumerate(feeds):
        np.testing.assert_array_equal(feed["a"], a[2 * index : 2 * index + 2])
        np.testing.assert_array_equal(feed["b"], b[2 * index : 2 * index + 2])
    assert len(feeds) == 2


def test_samples_in_folders_of_arrays_are_spread_too(tmp_path):
    (tmp_path / "data").mkdir()
    for index in range(6):
        np.save(tmp_path / f"data/{index}.npy", np.full((2, 3), index, np.float32))
    entry = InputData(path=str(tmp_path / "data"), file_type=FileType.NPY)
    feeds = _open([entry], [_spec()], batches=4)
    assert [feed["x"][0, 0] for feed in feeds] == [0, 1, 3, 4]


def test_mistakes_in_files_show_before_the_first_batch(tmp_path):
    entry = _npy(tmp_path, "x", np.zeros((1, 3)), np.zeros((1, 4)))
    with pytest.raises(CalibrationDataError, match=r"x1\.npy: its shape \[1, 4\] does not fit"):
        _open([entry], [_spec()])


def test_a_function_needs_trust_before_anything_is_read(tmp_path):
    entry = InputData(path=str(tmp_path / "none"), function="prepare.py:run")
    with pytest.raises(UsageError, match=r"prepare\.py:run") as caught:
        _open([entry], [_spec()])
    assert "--trust" in caught.value.hint
