"""Layers that only move elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("Dropout", param="dropout_param", ignores=("dropout_ratio",))
def dropout(op: CaffeBuilder, x: ir.Value) -> ir.Value:
    """The blob itself: Caffe scales while training."""
    del op
    return x


@caffe_layer("Split")
def split(op: CaffeBuilder, x: ir.Value) -> list[ir.Value]:
    """The blob under several names."""
    return [x] * op.layer.tops


@caffe_layer("Parameter", param="parameter_param", weights=0)
def parameter(op: CaffeBuilder, *, shape: Mapping[str, Any]) -> ir.Value:
    """Weights as a blob."""
    return op.weight(0, list(shape.get("dim", ())))


@caffe_layer("Concat", param="concat_param")
def concat(op: CaffeBuilder, *bottoms: ir.Value, axis: int | None = None, concat_dim: int | None = None) -> ir.Value:
    """Joins blobs along an axis, 1 by default."""
    place = op.axis(bottoms[0], _axis(op, axis, concat_dim))
    first = op.dims(bottoms[0])
    for other in bottoms[1:]:
        found = op.dims(other)
        pairs = [pair for index, pair in enumerate(zip(first, found, strict=False)) if index != place]
        if len(first) != len(found) or any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in pairs):
            raise op.fail(f"its bottoms {list(first)} and {list(found)} cannot be joined along axis {place}")
    return op.concat(list(bottoms), place)


@caffe_layer("Slice", param="slice_param")
def slice_(
    op: CaffeBuilder,
    x: ir.Value,
    *,
    axis: int | None = None,
    slice_dim: int | None = None,
    slice_point: Sequence[int] = (),
) -> list[ir.Value]:
    """Cuts a blob along an axis at the points given, else into equal parts, one for each top."""
    place, tops = op.axis(x, _axis(op, axis, slice_dim)), op.layer.tops
    whole = op.size(x, place)
    if not slice_point:
        if whole % tops:
            raise op.fail(f"{whole} elements along axis {place} cannot be cut into {tops} equal parts")
        return list(op.split(x, [whole // tops] * tops, place))
    if len(slice_point) != tops - 1:
        raise op.fail(f"has {len(slice_point)} points for {tops} tops", hint="there is a point between each two tops")
    sizes = [end - start for start, end in pairwise([0, *slice_point, whole])]
    if min(sizes) < 1:
        raise op.fail(f"its points {', '.join(map(str, slice_point))} do not ascend within {whole} elements")
    return list(op.split(x, sizes, place))


def _axis(op: CaffeBuilder, axis: int | None, old: int | None) -> int:
    if axis is not None and old is not None:
        raise op.fail("gives both axis and its old form", hint="keep one of the two")
    return 1 if axis is None and old is None else axis if axis is not None else int(old or 0)


@caffe_layer("Crop", param="crop_param")
def crop(op: CaffeBuilder, x: ir.Value, like: ir.Value, *, axis: int = 2, offset: Sequence[int] = ()) -> ir.Value:
    """The part of ``x`` that has the sizes of the second bottom from ``axis`` on, beginning at ``offset``."""
    place, rank = op.axis(x, axis), len(op.dims(x))
    cut = list(range(place, rank))
    if len(offset) > 1 and len(offset) != len(cut):
        raise op.fail(f"has {len(offset)} offsets for {len(cut)} axes")
    starts = list(offset) if len(offset) > 1 else [offset[0] if offset else 0] * len(cut)
    pairs = [
        (item, start)
        for item, start in zip(cut, starts, strict=True)
        if start or op.dims(x)[item] != op.dims(like)[item]
    ]
    if not pairs:
        return x
    axes, begins = [item for item, _ in pairs], [start for _, start in pairs]
    if not all(isinstance(dim, int) for item in axes for dim in (op.dims(x)[item], op.dims(like)[item])):
        sizes = op.gather(op.Shape(like), axes)
        ends = op.Add(sizes, op.ints(begins))
        return op.Slice(x, op.ints(begins), ends, op.ints(axes))
    for item, start in pairs:
        if start + op.size(like, item) > op.size(x, item):
            raise op.fail(
                f"cuts {op.size(like, item)} elements from {start} on along axis {item}, where there are "
                f"{op.size(x, item)}"
            )
    return op.slice(x, begins, [start + op.size(like, item) for item, start in pairs], axes)


@caffe_layer("Reshape", param="reshape_param")
def reshape(
    op: CaffeBuilder, x: ir.Value, *, shape: Mapping[str, Any] | None = None, axis: int = 0, num_axes: int = -1
) -> ir.Value:
    """New sizes for ``num_axes`` axes from ``axis`` on; 0 keeps a size, one -1 follows from the others."""
    wanted: list[int] = list((shape or {}).get("dim", ()))
    dims = op.dims(x)
    start = op.axis(x, axis, end=True)
    end = len(dims) if num_axes == -1 else start + num_axes
    if not start <= end <= len(dims):
        raise op.fail(f"replaces {num_axes} axes from axis {axis} on of a bottom of shape {list(dims)}")
    if wanted.count(-1) > 1 or min(wanted, default=0) < -1:
        raise op.fail(f"asks for the sizes {wanted}", hint="sizes are positive, 0 to keep one, and at most one -1")
    if 0 in wanted and start + len(wanted) - wanted[::-1].index(0) - 1 >= len(dims):
        raise op.fail(f"keeps a size that its bottom of shape {list(dims)} does not have")
    _check_count(op, dims, start, end, wanted)
    tail = op.sizes(x, range(end, len(dims)))
    kept = [_kept(op, x, start + index) if size == 0 else size for index, size in enumerate(wanted)]
    front = [_kept(op, x, index) for index in range(start)]
    return op.reshape(x, [*front, *kept, *tail])


def _kept(op: CaffeBuilder, x: ir.Value, axis: int) -> int:
    """A size as it is; 0, ONNX's word for that, where it is open."""
    dim = op.dims(x)[axis]
    return dim if isinstance(dim, int) else 0


def _check_count(op: CaffeBuilder, dims: Sequence[Dim], start: int, end: int, wanted: Sequence[int]) -> None:
    """The number of elements must stay; an open size that is neither kept nor computed fixes it."""
    old = dims[start:end]
    kept = {start + index for index, size in enumerate(wanted) if size == 0}
    free = [index for index in range(start, end) if not isinstance(dims[index], int) and index not in kept]
    if free and -1 not in wanted:
        op.need_size(dims, free[0])
    if any(not isinstance(dim, int) for dim in old):
        return
    known = [size or int(str(dims[start + index])) for index, size in enumerate(wanted) if size != -1]
    count, rest = prod(int(str(dim)) for dim in old), prod(known)
    if (count != rest and -1 not in wanted) or rest == 0 or count % rest:
        raise op.fail(f"cannot make {list(wanted)} of {list(old)}: the number of elements would change")


@caffe_layer("Flatten", param="flatten_param")
def flatten(op: CaffeBuilder, x: ir.Value, *, axis: int = 1, end_axis: int = -1) -> ir.Value:
    """The axes from ``axis`` to ``end_axis``, both included, as one."""
    start, end = op.axis(x, axis), op.axis(x, end_axis)
    if end < start:
        raise op.fail(f"ends at axis {end_axis}, before axis {axis}")
    dims = op.dims(x)
    inner = dims[start : end + 1]
    middle = prod(int(str(dim)) for dim in inner) if all(isinstance(dim, int) for dim in inner) else -1
    front = [_kept(op, x, index) for index in range(start)]
    return op.reshape(x, [*front, middle, *op.sizes(x, range(end + 1, len(dims)))])


@caffe_layer("Tile", param="tile_param")
def tile(op: CaffeBuilder, x: ir.Value, *, tiles: int, axis: int = 1) -> ir.Value:
    """``tiles`` copies of a blob, one behind the other along ``axis``."""
    place = op.axis(x, axis)
    repeats = [tiles if index == place else 1 for index in range(len(op.dims(x)))]
    return op.Tile(x, op.ints(repeats))


@caffe_layer("Permute", param="permute_param")
def permute(op: CaffeBuilder, x: ir.Value, *, order: Sequence[int] = ()) -> ir.Value:
    """The axes in another order; those not named follow in theirs."""
    rank = len(op.dims(x))
    if len(set(order)) != len(order) or any(not 0 <= axis < rank for axis in order):
        raise op.fail(f"the order {list(order)} does not fit a bottom of {rank} axes")
    return op.transpose(x, [*order, *(axis for axis in range(rank) if axis not in order)])


@caffe_layer("ShuffleChannel", param="shuffle_channel_param")
def shuffle_channel(op: CaffeBuilder, x: ir.Value, *, group: int = 1) -> ir.Value:
    """The channels of ``group`` groups taken in turn."""
    channels, height, width = op.sizes(x, [1, 2, 3])
    if group < 1 or channels % group:
        raise op.fail(f"{channels} channels cannot be cut into {group} groups")
    parts = op.reshape(x, [0, group, channels // group, height * width])
    return op.reshape(op.transpose(parts, [0, 2, 1, 3]), [0, channels, height, width])


@caffe_layer("Reorg", param="reorg_param")
def reorg(op: CaffeBuilder, x: ir.Value, *, stride: int, reverse: bool = False) -> ir.Value:
    """Darknet's reorganization of ``stride`` by ``stride`` blocks into channels, or back.

    Darknet reads the buffer as ``[C / s^2, H * s, W * s]``, takes the blocks apart there, and reads the result, of
    ``[s, s, C / s^2, H, W]``, as ``[C * s^2, H / s, W / s]``.
    """
    channels, height, width = op.sizes(x, [1, 2, 3])
    if stride < 1 or (not reverse and (height % stride or width % stride)) or channels % (stride * stride):
        raise op.fail(f"a stride of {stride} divides neither {channels} channels nor {height} x {width} evenly")
    depth = channels // (stride * stride)
    if reverse:
        blocks = op.transpose(op.reshape(x, [0, stride, stride, depth, height, width]), [0, 3, 4, 1, 5, 2])
        return op.reshape(blocks, [0, depth, height * stride, width * stride])
    blocks = op.transpose(op.reshape(x, [0, depth, height, stride, width, stride]), [0, 3, 5, 1, 2, 4])
    return op.reshape(blocks, [0, channels * stride * stride, height // stride, width // stride])
