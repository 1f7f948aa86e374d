"""Numbers that MindIR uses for dtypes, and the dtypes that MindSpore computes in.

Source: enumerations of MindIR's file format and the type ids in MindSpore 2.10's own exports.
"""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

TENSOR_TYPES: Final = {
    ir.DataType.FLOAT: 1,
    ir.DataType.UINT8: 2,
    ir.DataType.INT8: 3,
    ir.DataType.UINT16: 4,
    ir.DataType.INT16: 5,
    ir.DataType.INT32: 6,
    ir.DataType.INT64: 7,
    ir.DataType.STRING: 8,
    ir.DataType.BOOL: 9,
    ir.DataType.FLOAT16: 10,
    ir.DataType.DOUBLE: 11,
    ir.DataType.UINT32: 12,
    ir.DataType.UINT64: 13,
    ir.DataType.COMPLEX64: 14,
    ir.DataType.COMPLEX128: 15,
    ir.DataType.BFLOAT16: 16,
}
"""``TensorProto.data_type`` of each dtype."""

TYPE_IDS: Final = {
    ir.DataType.BOOL: 30,
    ir.DataType.INT8: 32,
    ir.DataType.INT16: 33,
    ir.DataType.INT32: 34,
    ir.DataType.INT64: 35,
    ir.DataType.UINT8: 37,
    ir.DataType.UINT16: 38,
    ir.DataType.UINT32: 39,
    ir.DataType.UINT64: 40,
    ir.DataType.FLOAT16: 42,
    ir.DataType.FLOAT: 43,
    ir.DataType.DOUBLE: 44,
    ir.DataType.BFLOAT16: 45,
    ir.DataType.COMPLEX64: 48,
    ir.DataType.COMPLEX128: 49,
}
"""How an argument of a primitive names a dtype, as in Cast."""

COMPUTED: Final = frozenset(
    {
        ir.DataType.FLOAT,
        ir.DataType.FLOAT16,
        ir.DataType.DOUBLE,
        ir.DataType.INT8,
        ir.DataType.INT16,
        ir.DataType.INT32,
        ir.DataType.INT64,
        ir.DataType.UINT8,
        ir.DataType.BOOL,
    }
)
"""Dtypes that most of MindSpore's kernels have."""
