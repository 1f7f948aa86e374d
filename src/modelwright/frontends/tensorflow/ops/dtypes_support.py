"""Computing in a dtype that has a kernel: casts around operators that ONNX Runtime runs for some dtypes only.

TensorFlow computes most operators for every integer type; ONNX Runtime's CPU provider (measured with 1.31, opsets 13
to 21) does not. A missing kernel is replaced by the next wider type that has one, and the result is cast back, which
wraps around as TensorFlow's own small integers do. bfloat16 is never touched: ONNX allows it nearly everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.hub.dtypes import FLOATS, INTEGERS

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

_SMALL = 4096
"""Largest number of elements of a constant that is converted while the graph is written."""

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


def kernel_dtype(op: TensorFlowBuilder, op_type: str, dtype: ir.DataType) -> ir.DataType:
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
    raise op.fail(f"{op_type} cannot be computed for {dtype.name.lower()}", hint="cast to float before this operator")


def type_of(op: TensorFlowBuilder, x: ir.Value, attribute: str = "T") -> ir.DataType:
    """The dtype of ``x``: what the node's type attribute says, else what is inferred."""
    found = op.node.dtypes.get(attribute)
    return found if found is not None and found is not ir.DataType.UNDEFINED else op.dtype(x)


def compute(op: TensorFlowBuilder, op_type: str, *values: ir.Value, **attributes: Any) -> ir.Value:
    """Emits an operator whose operands and result share a dtype, with casts where it has no kernel for it."""
    dtype = op.dtype(values[0])
    kernel = kernel_dtype(op, op_type, dtype)
    if kernel is dtype:
        return cast("ir.Value", op.emit(op_type, list(values), attributes))
    widened = [op.cast(value, kernel) for value in values]
    return op.cast(cast("ir.Value", op.emit(op_type, widened, attributes)), dtype)


def compare(op: TensorFlowBuilder, op_type: str, x: ir.Value, y: ir.Value) -> ir.Value:
    """Emits a comparison, with casts where it has no kernel for the operands' dtype."""
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, op_type, dtype)
    return cast("ir.Value", op.emit(op_type, [op.cast(x, kernel), op.cast(y, kernel)]))


def where(op: TensorFlowBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """``Where`` for every dtype; booleans go through uint8."""
    dtype = op.dtype(x)
    kernel = kernel_dtype(op, "Where", dtype)
    return op.cast(op.Where(condition, op.cast(x, kernel), op.cast(y, kernel)), dtype)


def reduce(op: TensorFlowBuilder, op_type: str, x: ir.Value, axes: Sequence[int] | None, *, keepdims: bool) -> ir.Value:
    """A reduction for every dtype."""
    dtype = op.dtype(x)
    return op.cast(op.reduce(op_type, op.cast(x, kernel_dtype(op, op_type, dtype)), axes, keepdims=keepdims), dtype)


def is_float(dtype: ir.DataType) -> bool:
    """Whether a dtype is one of the floating-point types that operators compute in."""
    return dtype in FLOATS


def is_integer(dtype: ir.DataType) -> bool:
    """Whether a dtype is a signed or unsigned integer."""
    return dtype in INTEGERS


def is_signed(dtype: ir.DataType) -> bool:
    """Whether a dtype has negative values."""
    return not dtype.name.startswith("U") and dtype is not ir.DataType.BOOL


def int64(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """``x`` as int64, the type ONNX wants for shapes, axes and positions; small constants are converted here."""
    tensor = x.const_value
    if tensor is not None and tensor.size <= _SMALL and not x.is_graph_input():
        return op.constant(tensor.numpy().astype(np.int64))
    return op.cast(x, ir.DataType.INT64)


def scalar_to_vector(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """A scalar as an int64 tensor of one element, as a constant when it is one."""
    array = op.constant_value(x)
    if array is not None and array.size == 1:
        return op.ints(int(array.reshape(-1)[0]))
    return op.reshape(int64(op, x), [1])


def constant_ints(op: TensorFlowBuilder, x: ir.Value) -> list[int] | None:
    """The numbers an integer tensor always holds, flat, or None."""
    array = op.constant_value(x)
    return None if array is None else [int(item) for item in np.asarray(array).reshape(-1)]
