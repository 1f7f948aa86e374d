"""Picking elements by index, and putting them there."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import int64

_CHECKS = ("validate_indices", "bad_indices_policy", "use_locking")


@tf_op("Gather", ignores=_CHECKS)
def gather(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value) -> ir.Value:
    """Rows of the first axis."""
    return op.Gather(x, indices, axis=0)


@tf_op("GatherV2", ignores=_CHECKS)
def gather_v2(
    op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, axis: ir.Value, *, batch_dims: int = 0
) -> ir.Value:
    """Entries along ``axis``, for every index of the leading ``batch_dims`` axes separately."""
    place = int(op.need_constant(axis, "the axis").reshape(-1)[0])
    if not batch_dims:
        return op.Gather(x, indices, axis=place)
    indices_rank = op.need_rank(indices)
    rank = op.need_rank(x)
    batch, place = batch_dims % indices_rank if batch_dims < 0 else batch_dims, place % rank
    return _gather_batched(op, x, indices, axis=place, batch=batch)


def _gather_batched(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, *, axis: int, batch: int) -> ir.Value:
    """``GatherND`` with batch dimensions on the axis moved behind them, and the picked axes moved back."""
    rank, indices_rank = op.need_rank(x), op.need_rank(indices)
    between = list(range(batch, axis))
    moved = op.transpose(x, [*range(batch), axis, *between, *range(axis + 1, rank)])
    picked: ir.Value = op.GatherND(moved, op.unsqueeze(int64(op, indices), [indices_rank]), batch_dims=batch)
    count = indices_rank - batch
    total = rank - 1 + count
    places = [*range(batch), *range(batch + count, batch + count + len(between)), *range(batch, batch + count)]
    return op.transpose(picked, [*places, *range(len(places), total)])


@tf_op("GatherNd", ignores=_CHECKS)
def gather_nd(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value) -> ir.Value:
    """``x[indices[..., 0], indices[..., 1], ...]``."""
    shape = op.shape(indices)
    if shape is not None and shape and shape[-1] == 0:
        return op.Expand(x, op.concat([op.slice(op.shape_of(indices), [0], [-1]), op.shape_of(x)], 0))
    return op.GatherND(x, int64(op, indices))


@tf_op("Where")
def where_indices(op: TensorFlowBuilder, condition: ir.Value) -> ir.Value:
    """The indices of what is true (or not 0), [count, rank]."""
    flags = op.cast(condition, ir.DataType.BOOL)
    return op.Transpose(op.NonZero(flags), perm=[1, 0])


@tf_op("ScatterNd", ignores=_CHECKS)
def scatter_nd(op: TensorFlowBuilder, indices: ir.Value, updates: ir.Value, shape: ir.Value) -> ir.Value:
    """Zeros with the updates added at the indices; equal indices add up."""
    zeros = op.Expand(op.scalar(0, updates), int64(op, shape))
    return _scatter(op, zeros, indices, updates, "add")


_UPDATES = {
    "TensorScatterUpdate": "none",
    "TensorScatterAdd": "add",
    "TensorScatterMax": "max",
    "TensorScatterMin": "min",
}


def _register_update(source: str, reduction: str) -> None:
    @tf_op(source, ignores=_CHECKS)
    def convert(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, updates: ir.Value) -> ir.Value:
        return _scatter(op, x, indices, updates, reduction)

    convert.__doc__ = f"``x`` with the updates put in at the indices, ScatterND with reduction {reduction}."


for _source, _reduction in _UPDATES.items():
    _register_update(_source, _reduction)


@tf_op("TensorScatterSub", ignores=_CHECKS)
def tensor_scatter_sub(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, updates: ir.Value) -> ir.Value:
    """``x`` with the updates subtracted at the indices."""
    return _scatter(op, x, indices, op.Neg(updates), "add")


_SINCE = {"none": 13, "add": 16, "mul": 16, "max": 18, "min": 18}


def _scatter(op: TensorFlowBuilder, x: ir.Value, indices: ir.Value, updates: ir.Value, reduction: str) -> ir.Value:
    """``ScatterND``; before opset 16 an addition is exact only where no index occurs twice."""
    places = int64(op, indices)
    if op.opset >= _SINCE[reduction]:
        attributes = {} if reduction == "none" else {"reduction": reduction}
        return op.ScatterND(x, places, updates, **attributes)
    if reduction == "add" and _distinct(op, places):
        return op.ScatterND(x, places, op.Add(op.GatherND(x, places), updates))
    raise op.fail(
        f"ONNX scatters with {reduction} only since opset {_SINCE[reduction]}",
        hint=f"choose --opset {_SINCE[reduction]} or newer",
    )


def _distinct(op: TensorFlowBuilder, indices: ir.Value) -> bool:
    """Whether the indices are known to be all different."""
    array = op.constant_value(indices)
    if array is None:
        return False
    rows = array.reshape(-1, array.shape[-1])
    return len(np.unique(rows, axis=0)) == len(rows)


@tf_op("UnravelIndex")
def unravel_index(op: TensorFlowBuilder, indices: ir.Value, dims: ir.Value) -> ir.Value:
    """Flat indices (a vector or a scalar) as coordinates in a tensor of shape ``dims``, [rank, count] or [rank]."""
    sizes = [int(size) for size in op.need_constant(dims, "the shape").reshape(-1)]
    strides = [int(np.prod(sizes[axis + 1 :])) for axis in range(len(sizes))]
    flat = op.unsqueeze(int64(op, indices), [-1])
    steps, limits = (op.constant(np.asarray(numbers, np.int64)) for numbers in (strides, sizes))
    coordinates = op.Mod(op.Div(flat, steps), limits)
    return op.cast(op.Transpose(coordinates), op.dtype(indices))


@tf_op("InvertPermutation")
def invert_permutation(op: TensorFlowBuilder, x: ir.Value) -> ir.Value:
    """Where each number stands: positions scattered to the numbers."""
    array = op.constant_value(x)
    if array is not None:
        return op.constant(np.argsort(array).astype(array.dtype))
    length = op.Size(x)
    positions = op.Range(op.constant(np.int64(0)), length, op.constant(np.int64(1)))
    return op.cast(op.ScatterElements(positions, int64(op, x), positions, axis=0), op.dtype(x))


@tf_op("DynamicPartition")
def dynamic_partition(
    op: TensorFlowBuilder, x: ir.Value, partitions: ir.Value, *, num_partitions: int
) -> tuple[ir.Value, ...]:
    """The rows of each partition; ``partitions`` gives one number for every row."""
    if op.need_rank(partitions) != 1:
        raise op.fail("partitions by more than one axis", hint="cut the graph before this node")
    numbers = int64(op, partitions)
    chosen = (op.Equal(numbers, op.constant(np.int64(number))) for number in range(num_partitions))
    return tuple(op.Compress(x, mask, axis=0) for mask in chosen)
