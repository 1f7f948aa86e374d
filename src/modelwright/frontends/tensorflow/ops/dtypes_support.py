"""Dtypes of TensorFlow's tensors, and integers as ONNX wants them for shapes, axes and positions."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.hub.dtypes import FLOATS, INTEGERS

_SMALL = 4096
"""Largest number of elements of a constant that is converted while the graph is written."""


def type_of(op: TensorFlowBuilder, x: ir.Value, attribute: str = "T") -> ir.DataType:
    """The dtype of ``x``: what the node's type attribute says, else what is inferred."""
    found = op.node.dtypes.get(attribute)
    return found if found is not None and found is not ir.DataType.UNDEFINED else op.dtype(x)


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
