"""Paddle's element types as ONNX's: numbers in ProgramDesc and parameter files, names in PIR."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.schemas.pool import load_schema

NUMBERS: Final[dict[str, int]] = load_schema("paddle").enum("DataType")
_NAMES: Final = {number: name for name, number in NUMBERS.items()}

_BY_NUMBER: Final[dict[str, ir.DataType]] = {
    "BOOL": ir.DataType.BOOL,
    "INT16": ir.DataType.INT16,
    "INT32": ir.DataType.INT32,
    "INT64": ir.DataType.INT64,
    "FP16": ir.DataType.FLOAT16,
    "FP32": ir.DataType.FLOAT,
    "FP64": ir.DataType.DOUBLE,
    "UINT8": ir.DataType.UINT8,
    "INT8": ir.DataType.INT8,
    "BF16": ir.DataType.BFLOAT16,
    "COMPLEX64": ir.DataType.COMPLEX64,
    "COMPLEX128": ir.DataType.COMPLEX128,
    "FP8_E4M3FN": ir.DataType.FLOAT8E4M3FN,
    "FP8_E5M2": ir.DataType.FLOAT8E5M2,
    "PSTRING": ir.DataType.STRING,
}
_SHORT_NAMES: Final[dict[str, ir.DataType]] = {
    "bool": ir.DataType.BOOL,
    "i8": ir.DataType.INT8,
    "i16": ir.DataType.INT16,
    "i32": ir.DataType.INT32,
    "i64": ir.DataType.INT64,
    "ui8": ir.DataType.UINT8,
    "ui16": ir.DataType.UINT16,
    "ui32": ir.DataType.UINT32,
    "ui64": ir.DataType.UINT64,
    "f16": ir.DataType.FLOAT16,
    "bf16": ir.DataType.BFLOAT16,
    "f32": ir.DataType.FLOAT,
    "f64": ir.DataType.DOUBLE,
    "c64": ir.DataType.COMPLEX64,
    "c128": ir.DataType.COMPLEX128,
    "f8e4m3fn": ir.DataType.FLOAT8E4M3FN,
    "f8e5m2": ir.DataType.FLOAT8E5M2,
}
_LONG_NAMES: Final[dict[str, ir.DataType]] = {
    "bool": ir.DataType.BOOL,
    "int8": ir.DataType.INT8,
    "int16": ir.DataType.INT16,
    "int32": ir.DataType.INT32,
    "int64": ir.DataType.INT64,
    "uint8": ir.DataType.UINT8,
    "uint16": ir.DataType.UINT16,
    "uint32": ir.DataType.UINT32,
    "uint64": ir.DataType.UINT64,
    "float16": ir.DataType.FLOAT16,
    "bfloat16": ir.DataType.BFLOAT16,
    "float32": ir.DataType.FLOAT,
    "float64": ir.DataType.DOUBLE,
    "complex64": ir.DataType.COMPLEX64,
    "complex128": ir.DataType.COMPLEX128,
    "float8_e4m3fn": ir.DataType.FLOAT8E4M3FN,
    "float8_e5m2": ir.DataType.FLOAT8E5M2,
}


def dtype_numbered(number: int, where: str) -> ir.DataType:
    """The dtype of a number of ProgramDesc's ``VarType``.

    Raises:
        ModelFormatError: It is no element type.
    """
    found = _BY_NUMBER.get(_NAMES.get(number, ""))
    if found is None:
        raise ModelFormatError(f"{where}: {_NAMES.get(number, number)} is no element type")
    return found


def tensor_dtype(number: int) -> ir.DataType | None:
    """Like ``dtype_numbered``, but None for what is no element type."""
    return _BY_NUMBER.get(_NAMES.get(number, ""))


def dtype_called(name: str, where: str) -> ir.DataType | None:
    """The dtype that PIR calls ``float32`` in attributes or ``f32`` in types; None for ``undefined``.

    Raises:
        ModelFormatError: It is unknown.
    """
    lowered = name.lower()
    if lowered.startswith(("undefined", "all_dtype", "unknown")):
        return None
    found = _LONG_NAMES.get(lowered) or _SHORT_NAMES.get(lowered)
    if found is None:
        raise ModelFormatError(f"{where}: the element type {name!r} is unknown")
    return found
