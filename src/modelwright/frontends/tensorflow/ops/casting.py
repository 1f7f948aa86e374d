"""Conversions between dtypes."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import is_float, is_integer
from modelwright.hub.dtypes import dtype_name

_SUPPORTED = "complex numbers and quantized numbers have no ONNX operators; cut the graph before them"


@tf_op("Cast", ignores=("SrcT", "Truncate"))
def cast(op: TensorFlowBuilder, x: ir.Value, *, DstT: ir.DataType) -> ir.Value:  # noqa: N803  the attribute's name
    """``x`` as ``DstT``: floats to integers round towards zero.

    Truncate only matters for the last bit of narrowing float casts.
    """
    if DstT in (ir.DataType.UNDEFINED, ir.DataType.COMPLEX64, ir.DataType.COMPLEX128):
        raise op.fail(f"cannot cast to {dtype_name(DstT)}", hint=_SUPPORTED)
    if op.dtype(x) is DstT:
        return op.Identity(x)
    if is_float(op.dtype(x)) and is_integer(DstT) and DstT.itemsize < 4:
        x = op.cast(x, ir.DataType.INT32)
    return op.cast(x, DstT)


@tf_op("Bitcast")
def bitcast(op: TensorFlowBuilder, x: ir.Value, *, type: ir.DataType) -> ir.Value:  # noqa: A002  the attribute's name
    """The same bits as another type; only between signed and unsigned integers of one size, where Cast wraps."""
    source = op.dtype(x)
    if source is type:
        return op.Identity(x)
    if not (is_integer(source) and is_integer(type) and source.itemsize == type.itemsize):
        raise op.fail(
            f"cannot reinterpret {dtype_name(source)} as {dtype_name(type)}",
            hint="only integers of the same size can be reinterpreted; cut the graph before this node",
        )
    return op.cast(x, type)
