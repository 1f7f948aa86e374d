"""Reductions, positions of extremes, the largest, running sums, segments."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op
from modelwright.hub.kernels import kernel_dtype, reduce

_REDUCTIONS = {
    "SUM": "ReduceSum",
    "MEAN": "ReduceMean",
    "REDUCE_PROD": "ReduceProd",
    "REDUCE_MAX": "ReduceMax",
    "REDUCE_MIN": "ReduceMin",
}


def _register(source: str, target: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value, axes: ir.Value, *, keep_dims: bool = False) -> ir.Value:
        return reduce(op, target, x, op.need_ints(axes, "the axes"), keepdims=keep_dims)

    convert.__doc__ = f"ONNX {target} over ``axes``; none of them reduces nothing."


for _source, _target in _REDUCTIONS.items():
    _register(_source, _target)


def _register_logical(source: str, target: str) -> None:
    @tflite_op(source)
    def convert(op: TFLiteBuilder, x: ir.Value, axes: ir.Value, *, keep_dims: bool = False) -> ir.Value:
        numbers = op.cast(x, ir.DataType.INT32)
        found = op.reduce(target, numbers, op.need_ints(axes, "the axes"), keepdims=keep_dims)
        return op.cast(found, ir.DataType.BOOL)

    convert.__doc__ = f"{target} of truth values as 0 and 1."


_register_logical("REDUCE_ANY", "ReduceMax")
_register_logical("REDUCE_ALL", "ReduceMin")


@tflite_op("ARG_MAX", ignores=("output_type",))
def arg_max(op: TFLiteBuilder, x: ir.Value, axis: ir.Value) -> ir.Value:
    """The position of the largest, the first of equals."""
    return _arg(op, "ArgMax", x, axis)


@tflite_op("ARG_MIN", ignores=("output_type",))
def arg_min(op: TFLiteBuilder, x: ir.Value, axis: ir.Value) -> ir.Value:
    """The position of the smallest, the first of equals."""
    return _arg(op, "ArgMin", x, axis)


def _arg(op: TFLiteBuilder, target: str, x: ir.Value, axis: ir.Value) -> ir.Value:
    source = op.cast(x, kernel_dtype(op, target, op.dtype(x)))
    place = op.need_ints(axis, "the axis")[0]
    found: ir.Value = op.emit(target, [source], {"axis": place, "keepdims": 0})  # pyright: ignore[reportAssignmentType]
    return op.cast(found, op.node.outputs[0].dtype or ir.DataType.INT32)


@tflite_op("TOPK_V2")
def top_k(op: TFLiteBuilder, x: ir.Value, k: ir.Value) -> tuple[ir.Value, ...]:
    """The ``k`` largest of the last dimension, the largest first, and their positions."""
    dtype = op.dtype(x)
    source = op.cast(x, kernel_dtype(op, "TopK", dtype))
    values, places = op.TopK(source, op.vector(k), axis=-1, outputs=2)
    position = op.node.outputs[1].dtype if len(op.node.outputs) > 1 else None
    return op.cast(values, dtype), op.cast(places, position or ir.DataType.INT32)


@tflite_op("CUMSUM")
def cumsum(
    op: TFLiteBuilder, x: ir.Value, axis: ir.Value, *, exclusive: bool = False, reverse: bool = False
) -> ir.Value:
    """Running sum along ``axis``, without the element itself if exclusive, from the end if reverse."""
    dtype = op.dtype(x)
    source = op.cast(x, kernel_dtype(op, "CumSum", dtype))
    return op.cast(op.CumSum(source, op.int64(axis), exclusive=int(exclusive), reverse=int(reverse)), dtype)


@tflite_op("UNIQUE", ignores=("idx_out_type",))
def unique(op: TFLiteBuilder, x: ir.Value) -> tuple[ir.Value, ...]:
    """Different elements in the order they appear, and for each element which of them it is."""
    dtype = op.dtype(x)
    source = op.cast(x, kernel_dtype(op, "Unique", dtype))
    values, _, places, _ = op.Unique(source, sorted=0, outputs=4)
    return op.cast(values, dtype), op.cast(places, op.node.outputs[1].dtype or ir.DataType.INT32)
