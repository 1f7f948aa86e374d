"""Element types by name and by array."""

import ml_dtypes
import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import ConversionError
from modelwright.hub.dtypes import dtype_name, dtype_named, dtype_of


@pytest.mark.parametrize("dtype", [item for item in ir.DataType if item is not ir.DataType.UNDEFINED])
def test_names_go_there_and_back(dtype):
    assert dtype_named(dtype_name(dtype)) is dtype


def test_float_is_called_float32():
    assert dtype_name(ir.DataType.FLOAT) == "float32"
    assert dtype_name(None) == "unknown"


def test_unknown_name():
    with pytest.raises(ConversionError, match="'float31'"):
        dtype_named("float31")


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.zeros(1, ml_dtypes.bfloat16), ir.DataType.BFLOAT16),
        (np.asarray([b"a"], dtype=object), ir.DataType.STRING),
        (np.asarray(["a"]), ir.DataType.STRING),
        (np.zeros(1, bool), ir.DataType.BOOL),
    ],
)
def test_dtype_of_arrays(array, dtype):
    assert dtype_of(array) is dtype
