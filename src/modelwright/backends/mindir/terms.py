"""Small pieces that several operators share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Argument, Emitter, Kind, Term
from modelwright.backends.mindir.numbers import TYPE_IDS
from modelwright.errors import ConversionError
from modelwright.formats import Dim


def scalar(e: Emitter, number: float, dtype: ir.DataType) -> Term:
    """A tensor of rank 0."""
    return e.weight(np.asarray(number, dtype.numpy()))


def cast(e: Emitter, term: Term, dtype: ir.DataType) -> Term:
    """The same numbers in another dtype.

    Raises:
        ConversionError: MindSpore has no such dtype.
    """
    if dtype not in TYPE_IDS:
        raise ConversionError(f"MindSpore does not cast to {dtype.name.lower()}")
    return e.op("Cast", term, TYPE_IDS[dtype])


def reshape(e: Emitter, term: Term, shape: Sequence[int]) -> Term:
    """Another shape; at most one size may be -1."""
    return e.op("Reshape", term, tuple(int(size) for size in shape))


def transpose(e: Emitter, term: Term, perm: Sequence[int]) -> Term:
    """Another order of the axes."""
    return e.op("Transpose", term, tuple(int(axis) for axis in perm))


def static(e: Emitter, value: ir.Value) -> tuple[int, ...]:
    """The sizes of a value.

    Raises:
        ConversionError: They are not all known.
    """
    found = e.kind(value).static
    if found is None:
        raise ConversionError(
            f"the sizes of {value.name!r} are not known", hint="fix the sizes of the inputs in the conversion"
        )
    return found


def constant(e: Emitter, value: ir.Value | None, what: str) -> np.ndarray:
    """The contents of an input that must be constant.

    Raises:
        ConversionError: It is not.
    """
    found = e.known(value)
    if found is None:
        raise ConversionError(f"{what} are no constants, and MindSpore takes constants only")
    return found


def integers(e: Emitter, value: ir.Value) -> Argument:
    """Integers as a tuple: constants, or what a tensor of one dimension holds while the model runs."""
    known = e.known(value)
    if known is not None:
        return tuple(int(item) for item in known.ravel())
    term = e.term(value)
    if e.kind(value).dtype != ir.DataType.INT64:
        term = cast(e, term, ir.DataType.INT64)
    return e.op("TensorToTuple", term)


def size_tensor(e: Emitter, x: ir.Value, axis: int, dtype: ir.DataType) -> Term:
    """A size of a value as a tensor of rank 0."""
    size = e.kind(x).shape[axis]
    if isinstance(size, int):
        return scalar(e, size, dtype)
    return entry(e, e.op("TensorShape", e.term(x), old=True), axis, dtype)


def entry(e: Emitter, numbers: Term, place: int, dtype: ir.DataType) -> Term:
    """A member of a tensor of one dimension, as a tensor of rank 0."""
    return e.op("Gather", cast(e, numbers, dtype), e.weight(np.asarray(place, np.int64)), 0, 0)


def sizes_like(e: Emitter, value: ir.Value, rank: int) -> Term:
    """The sizes of a value as a tensor of ``rank`` elements, with ones in front."""
    own = len(e.kind(value).shape)
    sizes = cast(e, e.op("TensorShape", e.term(value), old=True), ir.DataType.INT64)
    if own == rank:
        return sizes
    return e.op("Concat", e.tuple([e.weight(np.ones(rank - own, np.int64)), sizes]), 0)


def counting(e: Emitter, count: Term) -> Term:
    """0, 1, 2 and so on, as int64: as many as ``count`` says, a tensor of one int64."""
    ones = e.op("BroadcastTo", e.weight(np.ones(1, np.int64)), e.op("TensorToTuple", reshape(e, count, (1,))))
    return e.op("Sub", e.op("CumSum", ones, 0, False, False), e.weight(np.asarray(1, np.int64)))


def open_shape(kind: Kind) -> tuple[int, ...]:
    """Sizes for Reshape, where one that is not known is -1.

    Raises:
        ConversionError: More than one is not known.
    """
    sizes = tuple(size if isinstance(size, int) else -1 for size in kind.shape)
    if sizes.count(-1) > 1:
        raise ConversionError("more than one size is not known", hint="fix the sizes of the inputs in the conversion")
    return sizes


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front."""
    return axis + rank if axis < 0 else axis


def cut(e: Emitter, x: Term, rank: int, ranges: Mapping[int, tuple[Dim, Dim, int]]) -> Term:
    """A piece; axes that are not named stay whole."""
    begin = [ranges[axis][0] if axis in ranges else 0 for axis in range(rank)]
    end = [ranges[axis][1] if axis in ranges else 0 for axis in range(rank)]
    steps = tuple(ranges[axis][2] if axis in ranges else 1 for axis in range(rank))
    whole = sum(1 << axis for axis in range(rank) if axis not in ranges)
    return e.op("StridedSlice", x, e.sizes(begin), e.sizes(end), steps, whole, whole, 0, 0, 0)
