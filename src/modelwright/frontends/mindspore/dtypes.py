"""MindSpore's numbers for dtypes as ONNX's dtypes.

Source: enumerations of MindIR's file format and the type ids in MindSpore 2.10's own exports.
"""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.errors import ModelFormatError

_STORED: Final = {
    1: ir.DataType.FLOAT,
    2: ir.DataType.UINT8,
    3: ir.DataType.INT8,
    4: ir.DataType.UINT16,
    5: ir.DataType.INT16,
    6: ir.DataType.INT32,
    7: ir.DataType.INT64,
    9: ir.DataType.BOOL,
    10: ir.DataType.FLOAT16,
    11: ir.DataType.DOUBLE,
    12: ir.DataType.UINT32,
    13: ir.DataType.UINT64,
    14: ir.DataType.COMPLEX64,
    15: ir.DataType.COMPLEX128,
    16: ir.DataType.BFLOAT16,
    17: ir.DataType.DOUBLE,
}
_IDS: Final = {
    30: ir.DataType.BOOL,
    32: ir.DataType.INT8,
    33: ir.DataType.INT16,
    34: ir.DataType.INT32,
    35: ir.DataType.INT64,
    37: ir.DataType.UINT8,
    38: ir.DataType.UINT16,
    39: ir.DataType.UINT32,
    40: ir.DataType.UINT64,
    42: ir.DataType.FLOAT16,
    43: ir.DataType.FLOAT,
    44: ir.DataType.DOUBLE,
    45: ir.DataType.BFLOAT16,
    48: ir.DataType.COMPLEX64,
    49: ir.DataType.COMPLEX128,
}


def stored_dtype(number: int, where: str) -> ir.DataType:
    """The dtype of ``TensorProto.data_type``.

    Raises:
        ModelFormatError: No tensor has it.
    """
    if number not in _STORED:
        raise ModelFormatError(f"{where} has the element type {number}, which no tensor of numbers has")
    return _STORED[number]


def told_dtype(number: int) -> ir.DataType | None:
    """Like ``stored_dtype``, but None for what is no type of numbers."""
    return _STORED.get(number)


def named_dtype(number: int) -> ir.DataType | None:
    """The dtype that an argument of a primitive names, as in Cast."""
    return _IDS.get(number)
