"""Largest elements, sorted order and distinct elements."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import int64, scalar_to_vector
from modelwright.hub.kernels import compare, kernel_dtype

_INT32 = ir.DataType.INT32


@tf_op("TopKV2", ignores=("Tk", "sorted"))
def top_k_v2(
    op: TensorFlowBuilder, x: ir.Value, k: ir.Value, *, index_type: ir.DataType = _INT32
) -> tuple[ir.Value, ...]:
    """The k largest of the last axis and where they stand, int32; unsorted ones may come sorted too."""
    return _top_k(op, x, scalar_to_vector(op, k), index_type)


@tf_op("TopK", ignores=("sorted",))
def top_k(op: TensorFlowBuilder, x: ir.Value, *, k: int) -> tuple[ir.Value, ...]:
    """The older form with a constant k."""
    return _top_k(op, x, op.ints(k), _INT32)


def _top_k(op: TensorFlowBuilder, x: ir.Value, k: ir.Value, index_type: ir.DataType) -> tuple[ir.Value, ...]:
    dtype = op.dtype(x)
    values, indices = op.TopK(op.cast(x, kernel_dtype(op, "TopK", dtype)), k, axis=-1, outputs=2)
    return op.cast(values, dtype), op.cast(indices, index_type)


@tf_op("InTopK")
def in_top_k(op: TensorFlowBuilder, predictions: ir.Value, targets: ir.Value, *, k: int) -> ir.Value:
    """The older form with a constant k."""
    return in_top_k_v2(op, predictions, targets, op.constant(np.int64(k)))


@tf_op("InTopKV2")
def in_top_k_v2(op: TensorFlowBuilder, predictions: ir.Value, targets: ir.Value, k: ir.Value) -> ir.Value:
    """Whether fewer than k predictions of a row are larger than that of its target, and that one is finite."""
    places = op.unsqueeze(int64(op, targets), [1])
    chosen = op.GatherElements(predictions, places, axis=1)
    larger = op.cast(op.Greater(predictions, chosen), ir.DataType.INT64)
    count = op.reduce("ReduceSum", larger, [1], keepdims=False)
    difference = op.Sub(chosen, chosen)
    finite = op.squeeze(op.Equal(difference, op.scalar(0, predictions)), [1])
    return op.And(op.Less(count, int64(op, k)), finite)


@tf_op("Unique")
def unique(op: TensorFlowBuilder, x: ir.Value, *, out_idx: ir.DataType = _INT32) -> tuple[ir.Value, ...]:
    """Distinct elements in order of appearance, and which of them each element is."""
    values, _, inverse, _ = _unique(op, x)
    return values, op.cast(inverse, out_idx)


@tf_op("UniqueV2")
def unique_v2(
    op: TensorFlowBuilder, x: ir.Value, axis: ir.Value, *, out_idx: ir.DataType = _INT32
) -> tuple[ir.Value, ...]:
    """Distinct slices along an axis; ``axis`` may be empty for a vector."""
    array = op.need_constant(axis, "the axis").reshape(-1)
    values, _, inverse, _ = _unique(op, x, axis=int(array[0]) if array.size else None)
    return values, op.cast(inverse, out_idx)


@tf_op("UniqueWithCounts")
def unique_with_counts(op: TensorFlowBuilder, x: ir.Value, *, out_idx: ir.DataType = _INT32) -> tuple[ir.Value, ...]:
    """Like ``Unique``, with how often each occurs."""
    values, _, inverse, counts = _unique(op, x)
    return values, op.cast(inverse, out_idx), op.cast(counts, out_idx)


@tf_op("UniqueWithCountsV2")
def unique_with_counts_v2(
    op: TensorFlowBuilder, x: ir.Value, axis: ir.Value, *, out_idx: ir.DataType = _INT32
) -> tuple[ir.Value, ...]:
    """Like ``UniqueV2``, with how often each occurs."""
    array = op.need_constant(axis, "the axis").reshape(-1)
    values, _, inverse, counts = _unique(op, x, axis=int(array[0]) if array.size else None)
    return values, op.cast(inverse, out_idx), op.cast(counts, out_idx)


def _unique(op: TensorFlowBuilder, x: ir.Value, axis: int | None = None) -> tuple[ir.Value, ...]:
    dtype = op.dtype(x)
    kernel = ir.DataType.INT64 if dtype in (_INT32, ir.DataType.INT16) else kernel_dtype(op, "Unique", dtype)
    source = op.cast(x, kernel)
    values, first, inverse, counts = op.Unique(source, axis=axis, sorted=0, outputs=4)
    return op.cast(values, dtype), first, inverse, counts


@tf_op("ListDiff")
def list_diff(
    op: TensorFlowBuilder, x: ir.Value, y: ir.Value, *, out_idx: ir.DataType = _INT32
) -> tuple[ir.Value, ...]:
    """The elements of x that are not in y, and where they stand."""
    same = op.cast(op.Equal(op.unsqueeze(x, [1]), op.unsqueeze(y, [0])), _INT32)
    found = op.reduce("ReduceSum", same, [1], keepdims=False)
    indices = op.squeeze(op.NonZero(op.Equal(found, op.constant(np.int32(0)))), [0])
    return op.gather(x, indices), op.cast(indices, out_idx)


@tf_op("LowerBound")
def lower_bound(
    op: TensorFlowBuilder, ordered: ir.Value, values: ir.Value, *, out_type: ir.DataType = _INT32
) -> ir.Value:
    """How many of a row's ordered numbers are less than each value; both are [batch, count]."""
    return _count_passed(op, "Greater", ordered, values, out_type)


@tf_op("UpperBound")
def upper_bound(
    op: TensorFlowBuilder, ordered: ir.Value, values: ir.Value, *, out_type: ir.DataType = _INT32
) -> ir.Value:
    """How many of a row's ordered numbers are less than or equal to each value."""
    return _count_passed(op, "GreaterOrEqual", ordered, values, out_type)


def _count_passed(
    op: TensorFlowBuilder, relation: str, ordered: ir.Value, values: ir.Value, dtype: ir.DataType
) -> ir.Value:
    passed = compare(op, relation, op.unsqueeze(values, [2]), op.unsqueeze(ordered, [1]))
    return op.cast(op.reduce("ReduceSum", op.cast(passed, _INT32), [2], keepdims=False), dtype)
