"""Computing in a dtype that has a kernel: casts around operators that ONNX Runtime runs for some dtypes only.

Source frameworks compute most operators for every integer type; ONNX Runtime's CPU provider (measured with 1.31, opsets
13 to 21) does not. A missing kernel is replaced by the next wider type that has one, and the result is cast back, which
wraps around as the sources' own small integers do. bfloat16 is never touched: ONNX allows it nearly everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder

_SHORT = {
    "f16": ir.DataType.FLOAT16,
    "f32": ir.DataType.FLOAT,
    "f64": ir.DataType.DOUBLE,
    "i8": ir.DataType.INT8,
    "i16": ir.DataType.INT16,
    "i32": ir.DataType.INT32,
    "i64": ir.DataType.INT64,
    "u8": ir.DataType.UINT8,
    "u16": ir.DataType.UINT16,
    "u32": ir.DataType.UINT32,
    "u64": ir.DataType.UINT64,
    "bool": ir.DataType.BOOL,
    "string": ir.DataType.STRING,
}

_FLOAT = "f16 f32 f64"
_ROWS = {
    "Add Sub Mul Div": f"{_FLOAT} i32 i64 u32 u64",
    "Neg": f"{_FLOAT} i8 i16 i32 i64",
    "Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Erf Softplus Softsign": "f16 f32",
    "Max Min Clip": f"{_FLOAT} i8 i32 i64 u8 u32 u64",
    "Pow": f"{_FLOAT} i32 i64",
    "Mod": f"{_FLOAT} i8 i16 i32 i64 u8 u16 u32 u64",
    "MatMul": f"{_FLOAT} i32 i64 u32 u64",
    "ReduceSum ReduceMean ReduceProd ReduceL2 ReduceL1 Einsum": f"{_FLOAT} i32 i64",
    "ReduceMax ReduceMin ArgMax ArgMin": f"{_FLOAT} i8 i32 i64 u8",
    "CumSum": "f32 f64 i32 i64",
    "Where": f"{_FLOAT} i8 i32 i64 u8 u32 string",
    "Range": "f32 f64 i16 i32 i64",
    "TopK": f"{_FLOAT} i8 i16 i32 i64 u8",
    "Unique": f"{_FLOAT} i8 i64 string",
    "OneHot": "f32 i64 string",
    "Pad": f"{_FLOAT} i8 i32 i64 u8 u32 u64 bool",
    "Trilu": f"{_FLOAT} i32 i64 bool",
    "Less LessOrEqual Greater GreaterOrEqual": f"{_FLOAT} i8 i16 i32 i64 u8 u16 u32 u64",
    "BitShift": "u8 u32 u64",
    "Sum": "f32 f64",
}
_KERNELS = {
    op_type: frozenset(_SHORT[name] for name in dtypes.split()) | {ir.DataType.BFLOAT16}
    for op_types, dtypes in _ROWS.items()
    for op_type in op_types.split()
}
_ANY_SINCE = {"Add": 14, "Sub": 14, "Mul": 14, "Div": 14}
"""Operators that got kernels for all numeric types at that opset."""

_WIDER = {
    ir.DataType.BOOL: "u8 i32 i64 f32",
    ir.DataType.INT8: "i32 i64 f32",
    ir.DataType.UINT8: "i32 u32 i64 f32",
    ir.DataType.INT16: "i32 i64 f32",
    ir.DataType.UINT16: "i32 u32 i64 f32",
    ir.DataType.INT32: "i64 f64 f32",
    ir.DataType.UINT32: "i64 u64 f64 f32",
    ir.DataType.INT64: "f64 f32",
    ir.DataType.UINT64: "i64 f64",
    ir.DataType.FLOAT16: "f32",
    ir.DataType.DOUBLE: "f32",
}


def kernel_dtype(op: OpsetBuilder, op_type: str, dtype: ir.DataType) -> ir.DataType:
    """The dtype to compute ``op_type`` in when its operands have ``dtype``.

    Raises:
        ConversionError: No dtype that holds the operands' values has a kernel.
    """
    kernels = _KERNELS.get(op_type)
    if kernels is None or dtype in kernels or op.opset >= _ANY_SINCE.get(op_type, 1 << 30):
        return dtype
    for name in _WIDER.get(dtype, "").split():
        if _SHORT[name] in kernels:
            return _SHORT[name]
    raise ConversionError(
        f"{op.origin!r}: {op_type} cannot be computed for {dtype.name.lower()}",
        hint="cast to float before this operator",
        node=op.origin,
    )


def compute(op: OpsetBuilder, op_type: str, *values: ir.Value, **attributes: Any) -> ir.Value:
    """Emits an operator whose operands and result share a dtype, with casts where it has no kernel for it."""
    dtype = op.dtype(values[0])
    kernel = kernel_dtype(op, op_type, dtype)
    if kernel is dtype:
        return cast("ir.Value", op.emit(op_type, list(values), attributes))
    widened = [op.cast(value, kernel) for value in values]
    return op.cast(cast("ir.Value", op.emit(op_type, widened, attributes)), dtype)


def compare(op: OpsetBuilder, op_type: str, x: ir.Value, y: ir.Value) -> ir.Value:
    """Emits a comparison, with casts where it has no kernel for the operands' dtype."""
    kernel = kernel_dtype(op, op_type, op.dtype(x))
    return cast("ir.Value", op.emit(op_type, [op.cast(x, kernel), op.cast(y, kernel)]))


def where(op: OpsetBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``Where`` for every dtype; booleans go through uint8."""
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Where", dtype)
    return op.cast(op.Where(condition, op.cast(x, kernel), op.cast(y, kernel)), dtype)


def reduce(op: OpsetBuilder, op_type: str, x: ir.Value, axes: Sequence[int] | None, *, keepdims: bool) -> ir.Value:
    """A reduction for every dtype."""
    dtype = op.dtype(x)
    return op.cast(op.reduce(op_type, op.cast(x, kernel_dtype(op, op_type, dtype)), axes, keepdims=keepdims), dtype)
