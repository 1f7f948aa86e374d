"""Sums, means and extremes of rows that belong to one segment, and dense tensors from sparse parts."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import int64, is_float, scalar_to_vector
from modelwright.hub.kernels import where

_REDUCTIONS = {"Sum": ("add", 16), "Prod": ("mul", 16), "Max": ("max", 18), "Min": ("min", 18)}
"""Segment operator's suffix to ScatterND's reduction and the opset that has it."""


def _neutral(dtype: ir.DataType, kind: str) -> int | float:
    """What an empty unsorted segment holds: 0, 1, or the lowest or highest number of the dtype."""
    if kind in ("Sum", "Prod"):
        return int(kind == "Prod")
    if is_float(dtype):
        limits = np.finfo(dtype.numpy())
        return float(limits.min if kind == "Max" else limits.max)
    bounds = np.iinfo(dtype.numpy())
    return int(bounds.min if kind == "Max" else bounds.max)


def _scatter_rows(
    op: TensorFlowBuilder, x: ir.Value, segments: ir.Value, count: ir.Value, kind: str, *, start: float
) -> ir.Value:
    """``count`` rows of ``start``, into which the rows of ``x`` are reduced.

    A row more takes those of negative segments, which count for nothing, and is cut off at the end.
    """
    reduction, since = _REDUCTIONS[kind]
    if op.opset < since:
        raise op.fail(
            f"ONNX scatters with {reduction} only since opset {since}", hint=f"choose --opset {since} or newer"
        )
    depth = op.need_rank(segments)
    places = int64(op, segments)
    places = where(op, op.Less(places, op.constant(np.int64(0))), op.squeeze(count, [0]), places)
    tail = op.Slice(op.Shape(x), op.ints(depth), op.ints(2**63 - 1))
    base = op.Expand(op.scalar(start, x), op.concat([op.Add(count, op.ints(1)), tail], 0))
    result: ir.Value = op.ScatterND(base, op.unsqueeze(places, [depth]), x, reduction=reduction)
    return op.Slice(result, op.ints(0), count, op.ints(0))


def _register(kind: str) -> None:
    @tf_op(f"UnsortedSegment{kind}")
    def unsorted(op: TensorFlowBuilder, x: ir.Value, segments: ir.Value, count: ir.Value) -> ir.Value:
        return _scatter_rows(op, x, segments, scalar_to_vector(op, count), kind, start=_neutral(op.dtype(x), kind))

    @tf_op(f"Segment{kind}")
    def in_order(op: TensorFlowBuilder, x: ir.Value, segments: ir.Value) -> ir.Value:
        count = _segments(op, segments)
        reduced = _scatter_rows(op, x, segments, count, kind, start=_neutral(op.dtype(x), kind))
        return reduced if kind in ("Sum", "Prod") else _zero_if_empty(op, reduced, segments, count)

    @tf_op(f"Segment{kind}V2")
    def in_order_v2(op: TensorFlowBuilder, x: ir.Value, segments: ir.Value, count: ir.Value) -> ir.Value:
        return unsorted(op, x, segments, count)

    text = f"Rows of one segment reduced by {kind}"
    unsorted.__doc__ = f"{text}; empty segments hold the neutral element."
    in_order.__doc__ = f"{text}; segments are sorted and the last one tells how many there are."
    in_order_v2.__doc__ = f"{text}; segments are sorted and their number is given."


for _kind in _REDUCTIONS:
    _register(_kind)


def _segments(op: TensorFlowBuilder, segments: ir.Value) -> ir.Value:
    """One more than the last of the sorted segment numbers, [1] int64."""
    return op.Add(op.slice(int64(op, segments), [-1], [None], axes=[0]), op.ints(1))


def _counts(op: TensorFlowBuilder, x: ir.Value, segments: ir.Value, count: ir.Value) -> ir.Value:
    """How many rows each segment has, shaped to broadcast with rows of ``x``."""
    ones = op.Expand(op.scalar(1, x), op.Shape(segments))
    counts = _scatter_rows(op, ones, segments, count, "Sum", start=0)
    return op.unsqueeze(counts, list(range(1, op.need_rank(x))))


def _zero_if_empty(op: TensorFlowBuilder, reduced: ir.Value, segments: ir.Value, count: ir.Value) -> ir.Value:
    """Zeros in the segments that have no row."""
    zero = op.scalar(0, reduced)
    return where(op, op.Equal(_counts(op, reduced, segments, count), zero), zero, reduced)


@tf_op("SegmentMean")
def segment_mean(op: TensorFlowBuilder, x: ir.Value, segments: ir.Value) -> ir.Value:
    """The mean of each segment's rows, 0 for none."""
    return _mean(op, x, segments, square_root=False)


def _mean(op: TensorFlowBuilder, x: ir.Value, segments: ir.Value, *, square_root: bool) -> ir.Value:
    count = _segments(op, segments)
    total = _scatter_rows(op, x, segments, count, "Sum", start=0)
    counts = op.Max(_counts(op, x, segments, count), op.scalar(1, x))
    return op.Div(total, op.Sqrt(counts) if square_root else counts)


_SPARSE = ("sparse_gradient",)


@tf_op("SparseSegmentSum", ignores=_SPARSE)
def sparse_segment_sum(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, segments: ir.Value) -> ir.Value:
    """The rows picked by ``indices``, summed by segment."""
    return _scatter_rows(op, op.Gather(x, indices), segments, _segments(op, segments), "Sum", start=0)


@tf_op("SparseSegmentMean", ignores=_SPARSE)
def sparse_segment_mean(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, segments: ir.Value) -> ir.Value:
    """The rows picked by ``indices``, averaged by segment."""
    return _mean(op, op.Gather(x, indices), segments, square_root=False)


@tf_op("SparseSegmentSqrtN", ignores=_SPARSE)
def sparse_segment_sqrt_n(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, segments: ir.Value) -> ir.Value:
    """The rows picked by ``indices``, summed by segment and divided by the root of their number."""
    return _mean(op, op.Gather(x, indices), segments, square_root=True)


@tf_op("SparseToDense", ignores=("validate_indices",))
def sparse_to_dense(
    op: TensorFlowBuilder, indices: ir.Value, shape: ir.Value, values: ir.Value, default: ir.Value
) -> ir.Value:
    """A tensor of the default with the values put in at the indices ([count, rank], [count] or a scalar)."""
    places = int64(op, indices)
    depth = op.need_rank(indices)
    if depth < 2:
        places = op.reshape(places, [-1, 1])
    updates = op.Expand(values, op.slice(op.shape_of(places), [0], [1]))
    return op.ScatterND(op.Expand(default, int64(op, shape)), places, updates)


@tf_op("DynamicStitch", "ParallelDynamicStitch", ignores=("N",))
def dynamic_stitch(op: TensorFlowBuilder, *values: ir.Value) -> ir.Value:
    """Rows put at their indices, later ones winning: the inputs are N index tensors, then N tensors of rows."""
    half = len(values) // 2
    pairs = list(zip(values[:half], values[half:], strict=True))
    indices = op.concat([op.reshape(int64(op, places), [-1]) for places, _ in pairs], 0)
    rows = op.concat([_as_rows(op, places, data) for places, data in pairs], 0)
    length = op.Add(op.reduce("ReduceMax", indices, [0], keepdims=True), op.ints(1))
    tail = op.slice(op.Shape(rows), [1], [None])
    zeros = op.Expand(op.scalar(0, rows), op.concat([length, tail], 0))
    return op.ScatterND(zeros, op.unsqueeze(indices, [1]), rows)


def _as_rows(op: TensorFlowBuilder, places: ir.Value, data: ir.Value) -> ir.Value:
    """``data`` with the axes of its indices joined into one."""
    depth = op.need_rank(places)
    if depth == 1:
        return data
    tail = op.slice(op.Shape(data), [depth], [None])
    return op.reshape(data, op.concat([op.ints(-1), tail], 0))


@tf_op("DenseBincount", "Bincount")
def bincount(
    op: TensorFlowBuilder, x: ir.Value, size: ir.Value, weights: ir.Value, *, binary_output: bool = False
) -> ir.Value:
    """How often 0 .. size - 1 occur along the last axis, or their summed weights; 1 at most if binary.

    Numbers of ``size`` and above are not counted: the one-hot code of each element, added up.
    """
    dtype = op.dtype(weights)
    length = scalar_to_vector(op, size)
    onehot: ir.Value = op.OneHot(int64(op, x), length, op.constant(np.asarray([0, 1], np.float32)), axis=-1)
    weighted = op.shape(weights)
    if binary_output:
        return op.cast(op.reduce("ReduceMax", onehot, [-2], keepdims=False), dtype)
    if weighted is None or 0 not in weighted:
        onehot = op.Mul(onehot, op.unsqueeze(op.cast(weights, ir.DataType.FLOAT), [-1]))
    return op.cast(op.reduce("ReduceSum", onehot, [-2], keepdims=False), dtype)
