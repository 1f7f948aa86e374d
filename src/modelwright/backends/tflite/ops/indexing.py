"""Operators that pick entries or put them in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import BOOL, INT32, INT64, LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.formats import Dim

_FAR = 2**31 - 1


@lite_op("Slice")
def slice_(
    op: LiteBuilder,
    x: ir.Value,
    starts: ir.Value,
    ends: ir.Value,
    axes: ir.Value | None = None,
    steps: ir.Value | None = None,
) -> ir.Value:
    """Ranges of some dimensions."""
    rank = op.need_rank(x)
    bounds = [op.constant_value(value) for value in (starts, ends)]
    strides = None if steps is None else op.need_constant(steps, "the step").reshape(-1).tolist()
    count = op.need_shape(starts)[0]
    places = list(range(count)) if axes is None else op.need_constant(axes, "the axes").reshape(-1).tolist()
    places = [int(axis) % rank for axis in places]
    strides = [1] * count if strides is None else [int(step) for step in strides]
    if bounds[0] is None or bounds[1] is None:
        return _open_slice(op, x, (starts, ends), places, strides)
    begin, end, stride, masks = [0] * rank, [0] * rank, [1] * rank, [(1 << rank) - 1] * 2
    for axis, low, high, step in zip(places, bounds[0].tolist(), bounds[1].tolist(), strides, strict=True):
        begin[axis], end[axis], stride[axis] = max(min(low, _FAR), -_FAR), max(min(high, _FAR), -_FAR), step
        if (low > -_FAR) if step > 0 else (low < _FAR):
            masks[0] &= ~(1 << axis)
        if (high < _FAR) if step > 0 else (high > -_FAR):
            masks[1] &= ~(1 << axis)
    return op.STRIDED_SLICE(
        x,
        op.i32(begin),
        op.i32(end),
        op.i32(stride),
        begin_mask=masks[0],
        end_mask=masks[1],
        shape=op.result_shape(),
    )


def _open_slice(
    op: LiteBuilder, x: ir.Value, bounds: tuple[ir.Value, ir.Value], places: Sequence[int], strides: Sequence[int]
) -> ir.Value:
    """Bounds that are computed; what is not cut is masked."""
    rank = op.need_rank(x)
    vectors = [_spread(op, bound, places, rank) for bound in bounds]
    stride = [1] * rank
    for place, step in zip(places, strides, strict=True):
        stride[place] = step
    masked = sum(1 << axis for axis in range(rank) if axis not in places)
    return op.STRIDED_SLICE(x, *vectors, op.i32(stride), begin_mask=masked, end_mask=masked, shape=op.result_shape())


def _spread(op: LiteBuilder, vector: ir.Value, places: Sequence[int], rank: int) -> ir.Value:
    """The entries of a vector at ``places`` of one of ``rank`` entries, within the range of int32."""
    if op.dtype(vector) is INT64 and op.constant_value(vector) is None:
        far = op.constant(np.asarray(_FAR, np.int64))
        vector = op.MAXIMUM(op.MINIMUM(vector, far), op.constant(np.asarray(-_FAR, np.int64)))
    vector = op.int32(vector)
    where = {place: number for number, place in enumerate(places)}
    parts = [op.pick(vector, where[axis], where[axis] + 1) if axis in where else op.i32(0) for axis in range(rank)]
    return vector if list(places) == list(range(rank)) else op.join(parts)


def _from_front(op: LiteBuilder, indices: ir.Value, size: int | str | None, x: ir.Value, axis: int) -> ir.Value:
    """Indices of which the negative ones are counted from the front."""
    array = op.constant_value(indices)
    if array is not None and (array >= 0).all():
        return op.int32(indices)
    if array is not None and isinstance(size, int):
        return op.constant(np.where(array < 0, array + size, array).astype(np.int32))
    indices = op.index_of(indices)
    length = op.cast(op.to_shape(op.size_of(x, axis), ()), op.dtype(indices))
    return op.FLOOR_MOD(indices, length)


@lite_op("Gather")
def gather(op: LiteBuilder, x: ir.Value, indices: ir.Value, *, axis: int = 0) -> ir.Value:
    """Entries along ``axis``."""
    rank = op.need_rank(x)
    place = axis % rank
    shape = op.shape(x) or (None,) * rank
    return op.GATHER(x, _from_front(op, indices, shape[place], x, place), axis=place)


@lite_op("GatherND")
def gather_nd(op: LiteBuilder, x: ir.Value, indices: ir.Value, *, batch_dims: int = 0) -> ir.Value:
    """Entries or slices at coordinates."""
    width = op.need_shape(indices, [-1])[-1]
    found = _coordinates(op, indices, x, list(range(batch_dims, batch_dims + width)))
    if batch_dims:
        outer = op.need_shape(indices)[:-1]
        grid = np.moveaxis(np.indices(outer)[:batch_dims], 0, -1).astype(np.int32)
        found = op.CONCATENATION(op.constant(grid), op.cast(found, INT32), axis=len(outer))
    return op.GATHER_ND(x, found, shape=op.result_shape())


def _coordinates(op: LiteBuilder, indices: ir.Value, x: ir.Value, axes: Sequence[int]) -> ir.Value:
    """Coordinates of which the negative ones are counted from the front."""
    array = op.constant_value(indices)
    if array is not None and (array >= 0).all():
        return op.int32(indices)
    sizes = op.sizes(x)
    lengths = (
        op.i32([op.need_shape(x)[a] for a in axes]) if op.shapes.static_shape(x) else op.GATHER(sizes, op.i32(axes))
    )
    return op.FLOOR_MOD(op.cast(indices, INT32), lengths)


def _grid(op: LiteBuilder, x: ir.Value, indices: ir.Value, axis: int) -> ir.Value:
    """Full coordinates of entries of which ``indices`` gives those along ``axis``."""
    size = (op.shape(x) or (None,) * (axis + 1))[axis]
    if op.need_rank(indices) == 1:
        return op.EXPAND_DIMS(op.cast(_from_front(op, indices, size, x, axis), INT32), op.i32_scalar(1))
    shape = op.need_shape(indices)
    along = op.cast(_from_front(op, indices, size, x, axis), INT32)
    places = np.indices(shape).astype(np.int32)
    parts = [along if number == axis else op.constant(places[number]) for number in range(len(shape))]
    return op.PACK(*parts, axis=len(shape), values_count=len(shape))


@lite_op("GatherElements")
def gather_elements(op: LiteBuilder, x: ir.Value, indices: ir.Value, *, axis: int = 0) -> ir.Value:
    """For each index the entry of the same place, but there along ``axis``."""
    place = axis % op.need_rank(x)
    return op.GATHER_ND(x, _grid(op, x, indices, place), shape=op.result_shape())


@lite_op("ScatterElements")
def scatter_elements(
    op: LiteBuilder,
    x: ir.Value,
    indices: ir.Value,
    updates: ir.Value,
    *,
    axis: int = 0,
    reduction: str = "none",
) -> ir.Value:
    """The opposite of GatherElements."""
    place = axis % op.need_rank(x)
    unique = _no_index_twice(op, indices, place, op.shape(x) or ())
    return _scattered(op, x, _grid(op, x, indices, place), updates, reduction, unique=unique)


def _no_index_twice(op: LiteBuilder, indices: ir.Value, axis: int, shape: Sequence[Dim]) -> bool:
    array, size = op.constant_value(indices), shape[axis]
    if array is None or not isinstance(size, int):
        return False
    ordered = np.sort(array % size, axis=axis)
    return bool((np.diff(ordered, axis=axis) != 0).all())


@lite_op("ScatterND")
def scatter_nd(
    op: LiteBuilder, x: ir.Value, indices: ir.Value, updates: ir.Value, *, reduction: str = "none"
) -> ir.Value:
    """Entries or slices put at coordinates."""
    width = op.need_shape(indices, [-1])[-1]
    array = op.constant_value(indices)
    sizes = op.shapes.static_shape(x)
    rows = None if array is None or sizes is None else array.reshape(-1, width) % np.array(sizes[:width])
    unique = rows is not None and len(np.unique(rows, axis=0)) == len(rows)
    return _scattered(op, x, _coordinates(op, indices, x, range(width)), updates, reduction, unique=unique)


def _scattered(
    op: LiteBuilder, x: ir.Value, places: ir.Value, updates: ir.Value, reduction: str, *, unique: bool
) -> ir.Value:
    """SCATTER_ND adds into zeros; where it put something is found by putting ones."""
    shape = op.shape(x)
    put = op.SCATTER_ND(op.cast(places, INT32), updates, op.sizes(x), shape=shape)
    if reduction == "add" and op.dtype(x) is not BOOL:
        return op.ADD(x, put)
    if reduction != "none" and not unique:
        raise op.fail(
            f"TFLite has no scatter with reduction {reduction!r}, and indices may be there twice",
            hint="make the indices a constant, or reduce before scattering",
        )
    ones = op.FILL(op.sizes(updates), op.constant(np.asarray(1, np.int32)), shape=op.shape(updates))
    hit = op.GREATER(op.SCATTER_ND(op.cast(places, INT32), ones, op.sizes(x), shape=shape), op.i32_scalar(0))
    combine = {"mul": "MUL", "max": "MAXIMUM", "min": "MINIMUM"}.get(reduction)
    return op.SELECT_V2(hit, put if combine is None else op.emit(combine, [x, put]), x)


@lite_op("OneHot")
def one_hot(op: LiteBuilder, indices: ir.Value, depth: ir.Value, values: ir.Value, *, axis: int = -1) -> ir.Value:
    """Vectors with one entry on; negative indices count from the end."""
    count = op.to_shape(op.int32(depth), ())
    places = op.cast(indices, INT32)
    places = op.SELECT_V2(op.LESS(places, op.i32_scalar(0)), op.ADD(places, count), places)
    off, on = (op.to_shape(op.pick(values, side, side + 1), ()) for side in (0, 1))
    rank = op.need_rank(indices)
    place = axis % (rank + 1)
    return op.ONE_HOT(places, count, on, off, axis=place if place != rank else -1, shape=op.result_shape())


@lite_op("Compress")
def compress(op: LiteBuilder, x: ir.Value, condition: ir.Value, *, axis: int | None = None) -> ir.Value:
    """Entries, of all or along ``axis``, whose condition holds."""
    if axis is None:
        x = op.RESHAPE(x, op.i32(-1), shape=(None,))
    places = op.WHERE(condition)
    flat = op.RESHAPE(places, op.i32(-1), shape=(None,))
    return op.GATHER(x, flat, axis=0 if axis is None else axis % op.need_rank(x))


@lite_op("TopK")
def top_k(
    op: LiteBuilder,
    x: ir.Value,
    k: ir.Value,
    *,
    axis: int = -1,
    largest: int = 1,
    sorted: int = 1,  # noqa: A002  the attribute's name
) -> tuple[ir.Value, ir.Value]:
    """The largest or smallest entries along ``axis`` and where they are; always sorted."""
    del sorted
    rank, dtype = op.need_rank(x), op.dtype(x)
    place = axis % rank
    order = [number for number in range(rank) if number != place] + [place]
    back = [order.index(number) for number in range(rank)]
    if not largest and dtype.name.startswith("U"):
        x = op.cast(x, INT64)
    data = op.moved(x, order)
    shape = op.result_shape()
    moved = None if shape is None else tuple(shape[number] for number in order)
    count = op.to_shape(op.int32(k), ())
    found, places = op.TOPK_V2(data if largest else op.NEG(data), count, outputs=2, shape=[moved, moved])
    found = found if largest else op.NEG(found)
    return op.cast(op.moved(found, back), dtype), op.cast(op.moved(places, back), INT64)
