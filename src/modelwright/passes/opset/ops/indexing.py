"""Gathering and scattering: by places in the flattened tensor, and in a Loop where updates meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder
from modelwright.passes.opset.ops.constants import count_up

_REDUCTIONS = {"add": "Add", "mul": "Mul", "max": "Max", "min": "Min"}


@lower("Gather", version=11)
def lower_gather(op: StepBuilder, data: ir.Value, indices: ir.Value, *, axis: int = 0) -> Any:
    """Constant indices that count from the end are settled."""
    known = op.constant_value(indices)
    if known is None or known.min(initial=0) >= 0:
        return None
    size = op.static(data, [axis])[0]
    return op.Gather(data, op.constant(np.where(known < 0, known + size, known).astype(known.dtype)), axis=axis)


@lower("GatherElements", version=11)
def lower_gather_elements(op: StepBuilder, data: ir.Value, indices: ir.Value, *, axis: int = 0) -> Any:
    """A Gather from the flattened data."""
    places = element_places(op, data, indices, axis % op.known_rank(data))
    return op.Gather(op.Reshape(data, op.ints(-1)), places, axis=0)


def element_places(op: StepBuilder, data: ir.Value, indices: ir.Value, axis: int) -> ir.Value:
    """Where ``data[.., indices, ..]`` lies in the flattened data, of the shape of the indices."""
    rank = op.known_rank(data)
    settled = _from_front(op, op.cast(indices, ir.DataType.INT64), op.dim_of(data, axis))
    total: ir.Value | None = None
    for place in range(rank):
        if place == axis:
            part = settled
        else:
            along = count_up(op, op.dim_of(indices, place))
            part = op.Reshape(along, op.ints([-1 if other == place else 1 for other in range(rank)]))
        stride = _stride(op, data, place, rank)
        part = part if stride is None else op.Mul(part, stride)
        total = part if total is None else op.Add(total, part)
    if total is None:
        raise op.fail("it has no axis")
    return total


def _from_front(op: StepBuilder, indices: ir.Value, size: ir.Value) -> ir.Value:
    return op.Where(op.Less(indices, op.ints(0)), op.Add(indices, size), indices)


def _stride(op: StepBuilder, data: ir.Value, place: int, rank: int) -> ir.Value | None:
    """Elements from one position of an axis to the next, as int64[1]; None for 1."""
    stride: ir.Value | None = None
    for axis in range(place + 1, rank):
        size = op.dim_of(data, axis)
        stride = size if stride is None else op.Mul(stride, size)
    return stride


@lower("GatherND", version=12)
def lower_batches(op: StepBuilder, data: ir.Value, indices: ir.Value, *, batch_dims: int = 0) -> Any:
    """The batch's own indices are put before the others."""
    if not batch_dims:
        return None
    return op.GatherND(data, _with_batches(op, indices, batch_dims))


def _with_batches(op: StepBuilder, indices: ir.Value, batches: int) -> ir.Value:
    rank = op.known_rank(indices)
    shape = op.slice(op.Shape(indices), [0], [-1], [0])
    one = op.concat([shape, op.ints(1)], 0)
    columns: list[ir.Value] = []
    for place in range(batches):
        along = op.Reshape(
            count_up(op, op.dim_of(indices, place)), op.ints([-1 if axis == place else 1 for axis in range(rank)])
        )
        columns.append(op.Expand(along, one))
    return op.Concat(*columns, op.cast(indices, ir.DataType.INT64), axis=rank - 1)


@lower("GatherND", version=11)
def lower_gather_nd(op: StepBuilder, data: ir.Value, indices: ir.Value, *, batch_dims: int = 0) -> Any:
    """A Gather of rows of the data with the indexed axes flattened."""
    del batch_dims
    depth = op.static(indices, [-1])[0]
    rows = op.Reshape(data, op.concat([op.ints(-1), _tail(op, data, depth)], 0))
    return op.Gather(rows, row_places(op, data, indices, depth), axis=0)


def _tail(op: StepBuilder, data: ir.Value, depth: int) -> ir.Value:
    """The sizes of the axes after the first ``depth``."""
    rank = op.known_rank(data)
    return op.concat([op.dim_of(data, axis) for axis in range(depth, rank)], 0) if depth < rank else op.ints([])


def row_places(op: StepBuilder, data: ir.Value, indices: ir.Value, depth: int) -> ir.Value:
    """The row that each tuple of indices means: the indices' shape without its last axis."""
    last = op.known_rank(indices) - 1
    total: ir.Value | None = None
    for axis in range(depth):
        column = op.Gather(op.cast(indices, ir.DataType.INT64), op.constant(np.asarray(axis)), axis=last)
        part = _from_front(op, column, op.squeeze(op.dim_of(data, axis), [0]))
        stride: ir.Value | None = None
        for inner in range(axis + 1, depth):
            size = op.squeeze(op.dim_of(data, inner), [0])
            stride = size if stride is None else op.Mul(stride, size)
        part = part if stride is None else op.Mul(part, stride)
        total = part if total is None else op.Add(total, part)
    if total is None:
        raise op.fail("its indices are empty")
    return total


@lower("ScatterND", version=18)
@lower("ScatterND", version=16)
def lower_scatter_nd(
    op: StepBuilder, data: ir.Value, indices: ir.Value, updates: ir.Value, *, reduction: str = "none"
) -> Any:
    """Updates that meet are combined one after the other, in a Loop."""
    if reduction == "none" or (reduction in ("add", "mul") and op.opset >= 16):
        return None
    depth = op.static(indices, [-1])[0]
    flat = op.Reshape(indices, op.ints(-1, depth))
    rows = op.Reshape(updates, op.concat([op.ints(-1), _tail(op, data, depth)], 0))
    return _one_by_one(op, data, flat, rows, reduction)


def _one_by_one(op: StepBuilder, data: ir.Value, indices: ir.Value, rows: ir.Value, reduction: str) -> ir.Value:
    dtype, shape = op.known_dtype(data), op.shape(data)
    inputs = [("i", ir.DataType.INT64, ()), ("go", ir.DataType.BOOL, ()), ("state", dtype, shape)]
    body = op.body(inputs)
    step, going, state = body.graph.inputs
    index = body.Gather(indices, body.unsqueeze(step, [0]), axis=0)
    row = body.Gather(rows, body.unsqueeze(step, [0]), axis=0)
    combined = body.emit(_REDUCTIONS[reduction], [body.GatherND(state, index), row])
    result = body.ScatterND(state, index, body.one(combined))
    result.type, result.shape = ir.TensorType(dtype), state.shape
    body.graph.outputs.extend([body.Identity(going), result])
    count = op.squeeze(op.dim_of(indices, 0), [0])
    return op.Loop(count, op.constant(np.asarray(True)), data, body=body.graph)


@lower("ScatterElements", version=18)
@lower("ScatterElements", version=16)
def lower_scatter_elements(
    op: StepBuilder, data: ir.Value, indices: ir.Value, updates: ir.Value, *, axis: int = 0, reduction: str = "none"
) -> Any:
    """Updates that meet are combined one after the other, in a Loop over the flattened data."""
    if reduction == "none" or (reduction in ("add", "mul") and op.opset >= 16):
        return None
    places = element_places(op, data, indices, axis % op.known_rank(data))
    flat = op.Reshape(data, op.ints(-1))
    result = _one_by_one(op, flat, op.Reshape(places, op.ints(-1, 1)), op.Reshape(updates, op.ints(-1)), reduction)
    return op.Reshape(result, op.Shape(data))


@lower("ScatterElements", version=11)
def lower_to_scatter(op: StepBuilder, data: ir.Value, indices: ir.Value, updates: ir.Value, *, axis: int = 0) -> Any:
    """The same under its older name, with indices from the front."""
    known = op.array(indices)
    if known is None or known.min(initial=0) < 0:
        wide = op.cast(indices, ir.DataType.INT64)
        indices = _from_front(op, wide, op.dim_of(data, axis))
    return op.Scatter(data, indices, updates, axis=axis)


@lift("Scatter", version=11)
def lift_scatter(op: StepBuilder, data: ir.Value, indices: ir.Value, updates: ir.Value, *, axis: int = 0) -> Any:
    """The same under its newer name."""
    return op.ScatterElements(data, indices, updates, axis=axis)


@lower("ScatterND", version=11)
def lower_to_flat_scatter(op: StepBuilder, data: ir.Value, indices: ir.Value, updates: ir.Value) -> Any:
    """A Scatter into the flattened data, of every element of every row."""
    depth = op.static(indices, [-1])[0]
    width = op.ints(1)
    for axis in range(depth, op.known_rank(data)):
        width = op.Mul(width, op.dim_of(data, axis))
    first = op.Mul(op.Reshape(row_places(op, data, indices, depth), op.ints(-1, 1)), width)
    places = op.Reshape(op.Add(first, count_up(op, width)), op.ints(-1))
    flat = op.Scatter(op.Reshape(data, op.ints(-1)), places, op.Reshape(updates, op.ints(-1)), axis=0)
    return op.Reshape(flat, op.Shape(data))


@lower("TensorScatter", version=24)
def lower_tensor_scatter(
    op: StepBuilder,
    cache: ir.Value,
    update: ir.Value,
    write_indices: ir.Value | None = None,
    *,
    axis: int = -2,
    mode: str = "linear",
) -> Any:
    """ScatterElements at the positions that follow each batch's first, around the end with ``circular``."""
    rank = op.known_rank(cache)
    place = axis % rank
    steps = op.Reshape(count_up(op, op.dim_of(update, place)), op.ints([-1 if a == place else 1 for a in range(rank)]))
    if write_indices is not None:
        first = op.Reshape(op.cast(write_indices, ir.DataType.INT64), op.ints([-1, *[1] * (rank - 1)]))
        steps = op.Add(steps, first)
    if mode == "circular":
        steps = op.Mod(steps, op.dim_of(cache, place))
    return op.ScatterElements(cache, op.Expand(steps, op.Shape(update)), update, axis=place)


@lower("ReverseSequence", version=10)
def lower_reverse_sequence(
    op: StepBuilder, data: ir.Value, lengths: ir.Value, *, batch_axis: int = 1, time_axis: int = 0
) -> Any:
    """A gather by positions counted back from each length."""
    rank = op.known_rank(data)

    def shaped(value: ir.Value, axis: int) -> ir.Value:
        return op.Reshape(value, op.ints([-1 if place == axis else 1 for place in range(rank)]))

    steps = shaped(count_up(op, op.dim_of(data, time_axis)), time_axis)
    ends = shaped(lengths, batch_axis)
    turned = op.Sub(op.Sub(ends, op.ints(1)), steps)
    source = op.Expand(op.Where(op.Less(steps, ends), turned, steps), op.Shape(data))
    flat = element_places(op, data, source, time_axis)
    return op.Gather(op.Reshape(data, op.ints(-1)), flat, axis=0)
