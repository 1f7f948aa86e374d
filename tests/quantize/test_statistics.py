import numpy as np
import pytest

from modelwright.errors import CalibrationDataError, ModelNotFoundError
from modelwright.quantize.observers.sketch import sketch_of
from modelwright.quantize.params import Placement, QuantizedTensor, Role
from modelwright.quantize.settings import Scheme
from modelwright.quantize.statistics import (
    Statistics,
    check_statistics,
    load_statistics,
    merged_statistics,
    save_statistics,
)

RANDOM = np.random.default_rng(0)


def statistics(*names):
    tensors = {}
    for name in names:
        numbers = RANDOM.standard_normal(500).astype(np.float32)
        tensors[name] = sketch_of(numbers, float(numbers.min()), float(numbers.max()))
    return Statistics(tensors=tensors, batches=3)


def same(a, b):
    pairs = [(a.tensors[name], b.tensors[name]) for name in a.tensors]
    return list(a.tensors) == list(b.tensors) and all(
        (x.low, x.high, x.exponent, x.first) == (y.low, y.high, y.exponent, y.first)
        and np.array_equal(x.counts, y.counts)
        for x, y in pairs
    )


def test_what_was_stored_comes_back_and_the_bytes_are_the_same(tmp_path):
    found = statistics("a", "Größe:0", "b")
    for name in ("1.npz", "2.npz"):
        save_statistics(found, tmp_path / name)
    again = load_statistics(tmp_path / "1.npz")
    assert same(found, again)
    assert again.batches == 3
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


def test_no_tensors(tmp_path):
    save_statistics(Statistics(), tmp_path / "none.npz")
    assert load_statistics(tmp_path / "none.npz") == Statistics()


def test_merging():
    a, b = statistics("x"), statistics("x")
    found = merged_statistics(a, b)
    assert found.batches == 6
    assert found.tensors["x"].counts.sum() == 1000
    with pytest.raises(CalibrationDataError, match="only one has y"):
        merged_statistics(a, statistics("x", "y"))


def test_files_that_hold_something_else(tmp_path):
    with pytest.raises(ModelNotFoundError):
        load_statistics(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("text")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    save_statistics(statistics("x"), tmp_path / "whole.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-40])
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name in ("text.npz", "other.npz", "cut.npz", "array.npy"):
        with pytest.raises(CalibrationDataError, match="no calibration statistics"):
            load_statistics(tmp_path / name)


def test_statistics_of_other_tensors_are_refused():
    tensor = QuantizedTensor(name="y", role=Role.ACTIVATION, scheme=Scheme(), readers=())
    with pytest.raises(CalibrationDataError, match="lack 1 tensors that are quantized, such as 'y'"):
        check_statistics(statistics("x"), Placement(tensors=(tensor,)))
    check_statistics(statistics("y"), Placement(tensors=(tensor,)))
