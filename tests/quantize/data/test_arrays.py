"""Files of numbers in slices."""

import zipfile

import numpy as np
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.data.arrays import open_npy, open_npz, open_raw


@pytest.fixture
def array():
    return np.random.default_rng(0).normal(size=(7, 3, 5)).astype(np.float32)


def _slices(file, array):
    assert file.shape == array.shape
    np.testing.assert_array_equal(file.whole(), array)
    for start, stop in ((0, 2), (2, 3), (5, 7), (1, 4), (0, 7)):  # forwards, with gaps, and back again
        np.testing.assert_array_equal(file.rows(start, stop), array[start:stop])


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(tmp_path, array, order):
    np.save(tmp_path / "a.npy", np.asarray(array, order=order))
    _slices(open_npy(tmp_path / "a.npy"), array)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, array, order, save):
    save(tmp_path / "a.npz", x=np.asarray(array, order=order), y=np.zeros(3))
    _slices(open_npz(tmp_path / "a.npz", "x", only=False), array)


def test_raw(tmp_path, array):
    array.tofile(tmp_path / "a.raw")
    _slices(open_raw(tmp_path / "a.raw", (3, 5), np.dtype("float32")), array)


def test_scalars_and_empty_arrays(tmp_path):
    np.save(tmp_path / "s.npy", np.float32(3))
    assert open_npy(tmp_path / "s.npy").shape == ()
    assert open_npy(tmp_path / "s.npy").whole() == 3
    np.save(tmp_path / "e.npy", np.zeros((0, 3)))
    assert open_npy(tmp_path / "e.npy").shape == (0, 3)
    np.savez(tmp_path / "s.npz", x=np.int64(4))
    assert open_npz(tmp_path / "s.npz", "x", only=True).whole() == 4


def test_an_input_is_found_by_its_name_or_as_the_only_array(tmp_path, array):
    np.savez(tmp_path / "a.npz", **{"in:x": array, "out:y": array})
    np.testing.assert_array_equal(open_npz(tmp_path / "a.npz", "x", only=True).whole(), array)
    np.savez(tmp_path / "b.npz", images=array)
    np.testing.assert_array_equal(open_npz(tmp_path / "b.npz", "x", only=True).whole(), array)
    with pytest.raises(CalibrationDataError, match="no array named 'image'") as caught:
        open_npz(tmp_path / "b.npz", "image", only=False)
    assert caught.value.hint == "did you mean 'images'? it holds images"


def test_raw_files_of_another_size(tmp_path):
    np.zeros(31, np.float32).tofile(tmp_path / "a.raw")
    with pytest.raises(
        CalibrationDataError, match=r"31 float32 numbers do not make samples of shape \[3, 5\]"
    ) as caught:
        open_raw(tmp_path / "a.raw", (3, 5), np.dtype("float32"))
    assert "input_shape" in caught.value.hint
    (tmp_path / "b.raw").write_bytes(b"123")
    with pytest.raises(CalibrationDataError, match="3 bytes do not make"):
        open_raw(tmp_path / "b.raw", (3, 5), np.dtype("float32"))
    (tmp_path / "c.raw").write_bytes(b"")
    with pytest.raises(CalibrationDataError, match="0 float32 numbers"):
        open_raw(tmp_path / "c.raw", (3, 5), np.dtype("float32"))


def test_objects_are_never_unpickled(tmp_path):
    objects = np.array([{"a": 1}], dtype=object)
    np.save(tmp_path / "o.npy", objects, allow_pickle=True)
    with pytest.raises(CalibrationDataError, match="it holds Python objects"):
        open_npy(tmp_path / "o.npy")
    np.savez(tmp_path / "o.npz", x=objects)
    with pytest.raises(CalibrationDataError, match="it holds Python objects"):
        open_npz(tmp_path / "o.npz", "x", only=True)


def test_damaged_files_are_errors_that_name_the_file(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", x=array)
    rng = np.random.default_rng(0)
    for name in ("a.npy", "a.npz"):
        content = (tmp_path / name).read_bytes()
        path = tmp_path / f"damaged-{name}"
        for size in [*rng.integers(0, len(content), 25), 0]:
            path.write_bytes(content[:size])
            with pytest.raises(CalibrationDataError) as caught:
                _read(path)
            assert str(path) in caught.value.message
        for _ in range(25):
            damaged = bytearray(content)
            damaged[rng.integers(0, len(content))] ^= 0xFF
            path.write_bytes(damaged)
            error = _error_of(path)
            assert error is None or str(path) in error.message


def _read(path):
    (open_npy(path) if path.suffix == ".npy" else open_npz(path, "x", only=True)).rows(0, 7)


def _error_of(path):
    try:
        _read(path)
    except CalibrationDataError as error:
        return error
    return None


def test_an_archive_called_npy(tmp_path, array):
    np.savez(tmp_path / "a.npz", x=array)
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(CalibrationDataError, match="file_type npz"):
        open_npy(tmp_path / "a.npy")


def test_an_archive_without_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(CalibrationDataError) as caught:
        open_npz(tmp_path / "a.npz", "x", only=True)
    assert caught.value.hint == "it holds nothing"


def test_large_archives_are_read_a_slice_at_a_time(tmp_path):
    import tracemalloc

    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((64, 1 << 17), np.float32))  # 32 MiB
    file = open_npz(tmp_path / "a.npz", "x", only=True)
    tracemalloc.start()
    for start in range(0, 64, 4):
        file.rows(start, start + 4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20
