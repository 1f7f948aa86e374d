"""Operators that change shapes and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Kind, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import (
    axis_of,
    cast,
    constant,
    cut,
    integers,
    open_shape,
    reshape,
    sizes_like,
    static,
    transpose,
)
from modelwright.errors import ConversionError
from modelwright.formats import Dim


@mind_op("Reshape")
def reshape_(e: Emitter, x: ir.Value, shape: ir.Value, *, allowzero: int = 0) -> Term:
    """Another shape: numbers, sizes of the inputs or of its own, or computed ones."""
    found = e.shapes.contents(shape)
    if found is None:
        return _computed(e, x, shape, allowzero)
    wanted, source = list(found.ravel().tolist()), e.kind(x).shape
    copied = [size == 0 and not allowzero and place < len(source) for place, size in enumerate(wanted)]
    sizes = [source[place] if copy else wanted[place] for place, copy in enumerate(copied)]
    if len([size for size in sizes if not isinstance(size, int) or size < 0]) <= 1:
        return reshape(e, e.term(x), [size if isinstance(size, int) else -1 for size in sizes])
    if not all(map(e.has, wanted)):
        return _computed(e, x, shape, allowzero)
    own = [e.size_of(x, place) if copy else e.size(wanted[place]) for place, copy in enumerate(copied)]
    return e.op("Reshape", e.term(x), e.numbers(own))


def _computed(e: Emitter, x: ir.Value, shape: ir.Value, allowzero: int) -> Term:
    """A shape that is known while the model runs only; where it says 0, the input's size counts."""
    count, rank = e.kind(shape).shape[0], len(e.kind(x).shape)
    if not isinstance(count, int):
        raise ConversionError("the rank of its result is not known")
    term = e.term(shape)
    if not allowzero:
        sizes = sizes_like(e, x, max(count, rank))
        if rank > count:
            sizes = cut(e, sizes, 1, {0: (0, count, 1)})
        elif rank < count:
            sizes = e.op("Concat", e.tuple([sizes_like(e, x, rank), e.weight(np.ones(count - rank, np.int64))]), 0)
        term = e.op("Select", e.op("Equal", term, e.weight(np.zeros((), np.int64))), sizes, term)
    return e.op("Reshape", e.term(x), e.op("TensorToTuple", term))


def _to_own_shape(e: Emitter, x: ir.Value, kind: Kind) -> Term:
    return reshape(e, e.term(x), open_shape(kind))


@mind_op("Flatten")
def flatten(e: Emitter, x: ir.Value, *, axis: int = 1) -> Term:
    """Two dimensions."""
    shape = e.kind(x).shape
    at = axis_of(axis, len(shape))
    parts = [_product(shape[:at]), _product(shape[at:])]
    if parts == [-1, -1]:
        raise ConversionError("no size of its result is known")
    return reshape(e, e.term(x), parts)


def _product(sizes: Sequence[Dim]) -> int:
    """The product of sizes, or -1 when one is not known."""
    known = [size for size in sizes if isinstance(size, int)]
    return prod(known) if len(known) == len(sizes) else -1


@mind_op("Squeeze")
def squeeze(e: Emitter, x: ir.Value, axes: ir.Value | None = None) -> Term:
    """Without dimensions of size 1."""
    shape = e.kind(x).shape
    if axes is None:
        drop = [place for place, size in enumerate(shape) if size == 1]
        if any(not isinstance(size, int) for size in shape):
            raise ConversionError("which sizes are 1 is not known")
    else:
        if e.known(axes) is None:
            return e.op("Squeeze", e.term(x), integers(e, axes))
        drop = [axis_of(int(axis), len(shape)) for axis in constant(e, axes, "its axes").ravel()]
    left = tuple(size for place, size in enumerate(shape) if place not in drop)
    if len([size for size in left if not isinstance(size, int)]) <= 1:
        return _to_own_shape(e, x, Kind(e.kind(x).dtype, left))
    return e.op("Squeeze", e.term(x), tuple(drop))


@mind_op("Unsqueeze")
def unsqueeze(e: Emitter, x: ir.Value, axes: ir.Value) -> Term:
    """With further dimensions of size 1."""
    shape = list(e.kind(x).shape)
    if e.known(axes) is None and e.kind(axes).shape in ((1,), ()):
        return e.op("ExpandDims", e.term(x), e.op("TensorToScalar", reshape(e, e.term(axes), ())))
    rank = len(shape) + constant(e, axes, "its axes").size
    result = e.term(x)
    for axis in sorted(axis_of(int(axis), rank) for axis in constant(e, axes, "its axes").ravel()):
        result = e.op("ExpandDims", result, axis)
    return result


@mind_op("Transpose")
def transpose_(e: Emitter, x: ir.Value, *, perm: list[int] | None = None) -> Term:
    """Another order of the axes."""
    return transpose(e, e.term(x), perm or range(len(e.kind(x).shape))[::-1])


@mind_op("Concat")
def concat(e: Emitter, *values: ir.Value, axis: int) -> Term:
    """One after the other."""
    if len(values) == 1:
        return e.term(values[0])
    return e.op("Concat", e.tuple([e.term(value) for value in values]), axis_of(axis, len(e.kind(values[0]).shape)))


@mind_op("Expand")
def expand(e: Emitter, x: ir.Value, shape: ir.Value) -> Term:
    """Repeated where sizes are 1."""
    wanted = e.shapes.contents(shape)
    source = e.kind(x).shape
    if wanted is None or not all(map(e.has, wanted.ravel().tolist())):
        count = e.kind(shape).shape[0]
        if not isinstance(count, int):
            raise ConversionError("the rank of its result is not known")
        term, rank = e.term(shape), max(count, len(source))
        if count < rank:
            term = e.op("Concat", e.tuple([e.weight(np.ones(rank - count, np.int64)), term]), 0)
        same = e.op("Equal", term, e.weight(np.ones((), np.int64)))
        term = e.op("Select", same, sizes_like(e, x, rank), term)
        return _broadcast(e, e.term(x), term, rank)
    sizes: list[Dim] = [*[1] * (len(source) - wanted.size), *wanted.ravel().tolist()]
    before = len(sizes) - len(source)
    own = [
        e.size_of(x, place - before) if size == 1 and place >= before else e.size(size)
        for place, size in enumerate(sizes)
    ]
    return e.op("BroadcastTo", e.term(x), e.numbers(own))


def _broadcast(e: Emitter, x: Term, sizes: Term, rank: int) -> Term:
    """Repeated, and cut where a size turns out to be 0, which MindSpore's BroadcastTo does not take."""
    some = e.op("Maximum", sizes, e.weight(np.ones((), np.int64)))
    result = e.op("BroadcastTo", x, e.op("TensorToTuple", some))
    end = e.op("TensorToTuple", sizes)
    return e.op("StridedSlice", result, (0,) * rank, end, (1,) * rank, 0, 0, 0, 0, 0)


@mind_op("Tile")
def tile(e: Emitter, x: ir.Value, repeats: ir.Value) -> Term:
    """Repeated along each axis."""
    return e.op("Tile", e.term(x), integers(e, repeats))


@mind_op("DepthToSpace")
def depth_to_space(e: Emitter, x: ir.Value, *, blocksize: int, mode: str = "DCR") -> Term:
    """Channels become blocks of pixels."""
    n, c, h, w = static(e, x)
    b = blocksize
    if mode == "DCR":
        term = transpose(e, reshape(e, e.term(x), [n, b, b, c // b**2, h, w]), [0, 3, 4, 1, 5, 2])
    else:
        term = transpose(e, reshape(e, e.term(x), [n, c // b**2, b, b, h, w]), [0, 1, 4, 2, 5, 3])
    return reshape(e, term, [n, c // b**2, h * b, w * b])


@mind_op("SpaceToDepth")
def space_to_depth(e: Emitter, x: ir.Value, *, blocksize: int) -> Term:
    """Blocks of pixels become channels."""
    n, c, h, w = static(e, x)
    b = blocksize
    term = transpose(e, reshape(e, e.term(x), [n, c, h // b, b, w // b, b]), [0, 3, 5, 1, 2, 4])
    return reshape(e, term, [n, c * b * b, h // b, w // b])


@mind_op("Shape")
def shape_(e: Emitter, x: ir.Value, *, start: int = 0, end: int | None = None) -> Term:
    """Sizes as a tensor."""
    shape = e.kind(x).shape[slice(start, end)]
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) == len(shape):
        return e.weight(np.array(sizes, np.int64))
    whole = cast(e, e.op("TensorShape", e.term(x), old=True), ir.DataType.INT64)
    first = range(len(e.kind(x).shape))[slice(start, end)]
    return cut(e, whole, 1, {0: (first.start, first.stop, 1)})


@mind_op("Size")
def size_(e: Emitter, x: ir.Value) -> Term:
    """The number of elements."""
    return e.weight(np.array(np.prod(static(e, x), dtype=np.int64), np.int64))
