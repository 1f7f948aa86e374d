"""Element types: what they are called, how wide they are, and how numpy holds them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError

INTEGERS = frozenset(
    {
        ir.DataType.INT8,
        ir.DataType.INT16,
        ir.DataType.INT32,
        ir.DataType.INT64,
        ir.DataType.UINT8,
        ir.DataType.UINT16,
        ir.DataType.UINT32,
        ir.DataType.UINT64,
    }
)
FLOATS = frozenset({ir.DataType.FLOAT16, ir.DataType.BFLOAT16, ir.DataType.FLOAT, ir.DataType.DOUBLE})

_NAMES = {ir.DataType.FLOAT: "float32", ir.DataType.DOUBLE: "float64"}
_BY_NAME = {_NAMES.get(dtype, dtype.name.lower()): dtype for dtype in ir.DataType}


def dtype_name(dtype: ir.DataType | None) -> str:
    """The lower-case name users read: ``float32``, ``int64``, ``bfloat16``; ``unknown`` for None."""
    if dtype is None:
        return "unknown"
    return _NAMES.get(dtype, dtype.name.lower())


def dtype_named(name: str) -> ir.DataType:
    """The dtype of a lower-case name, numpy's or ONNX's.

    Raises:
        ConversionError: No dtype has that name.
    """
    try:
        return _BY_NAME[name.lower()]
    except KeyError:
        raise ConversionError(f"no ONNX dtype is called {name!r}") from None


def dtype_of(array: np.ndarray) -> ir.DataType:
    """The ONNX dtype that holds a numpy array; object and bytes arrays are strings."""
    if array.dtype.kind in "OSU":
        return ir.DataType.STRING
    return ir.DataType.from_numpy(array.dtype)
