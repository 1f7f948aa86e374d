"""Numbers keep their meaning or are refused."""

import numpy as np
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.data.numbers import as_dtype


def _cast(array, dtype):
    return as_dtype(np.asarray(array), np.dtype(dtype), where="a.npy", name="x")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("uint8", "float32"),
        ("int64", "float32"),
        ("float64", "float32"),
        ("float32", "float16"),
        ("int64", "int32"),
        ("int32", "int64"),
        ("uint8", "int8"),
        ("bool", "float32"),
        ("float16", "float32"),
        ("int16", "uint8"),
    ],
)
def test_what_fits_is_cast(source, target):
    array = np.array([0, 1, 100 if source != "bool" else 1], source)
    cast = _cast(array, target)
    assert cast.dtype == target
    np.testing.assert_array_equal(cast, array)


def test_the_right_dtype_is_not_copied():
    array = np.ones(3, np.float32)
    assert _cast(array, "float32") is array


@pytest.mark.parametrize(
    ("array", "target", "said"),
    [
        (np.array([0.5]), "int64", "a.npy: holds float64, but input 'x' is int64"),
        (np.array([1]), "bool", "holds int64, but input 'x' is bool"),
        (np.array([300]), "uint8", "holds numbers that do not fit input 'x', which is uint8"),
        (np.array([-1]), "uint8", "do not fit"),
        (np.array([1e300]), "float32", "do not fit"),
        (np.array([2**40]), "int32", "do not fit"),
        (np.array([1, np.nan, np.nan], np.float32), "float32", "a.npy: 2 of 3 numbers are NaN"),
        (np.array([1, np.inf], np.float32), "float32", "1 of 2 numbers are infinite"),
        (np.array(["a"]), "float32", "holds str"),
        (np.array([1 + 2j]), "float32", "holds complex128"),
    ],
)
def test_what_does_not_fit_is_named(array, target, said):
    with pytest.raises(CalibrationDataError, match=said):
        _cast(array, target)
