"""Tensors that are made, and triangles of them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import (
    cast,
    constant,
    counting,
    integers,
    reshape,
    scalar,
)
from modelwright.errors import ConversionError


@mind_op("Trilu")
def trilu(e: Emitter, x: ir.Value, k: ir.Value | None = None, *, upper: int = 1) -> Term:
    """A triangle, by a mask."""
    shape = e.kind(x).shape[-2:]
    if not all(isinstance(size, int) for size in shape):
        raise ConversionError("the sizes of the matrix are not known")
    diagonal = 0 if k is None else int(constant(e, k, "its diagonal"))
    ones = np.ones(tuple(int(size or 0) for size in shape), bool)
    mask = np.triu(ones, diagonal) if upper else np.tril(ones, diagonal)
    dtype = e.kind(x).dtype
    if dtype == ir.DataType.BOOL:
        return e.op("LogicalAnd", e.term(x), e.weight(mask))
    return e.op("Select", e.weight(mask), e.term(x), scalar(e, 0, dtype))


@mind_op("ConstantOfShape")
def constant_of_shape(e: Emitter, shape: ir.Value, *, value: ir.TensorProtocol | None = None) -> Term:
    """One number everywhere."""
    count = e.kind(shape).shape[0]
    filler = np.zeros((1,), np.float32) if value is None else value.numpy()
    if not isinstance(count, int):
        raise ConversionError("the rank of its result is not known")
    if count == 0:
        return e.weight(filler.reshape(()))
    return e.op("BroadcastTo", e.weight(filler.reshape([1] * count)), integers(e, shape))


@mind_op("Range")
def range_(e: Emitter, start: ir.Value, limit: ir.Value, delta: ir.Value) -> Term:
    """Numbers at equal distances."""
    bounds = [e.known(item) for item in (start, limit, delta)]
    known = [item for item in bounds if item is not None]
    if len(known) == len(bounds):
        first, last, step = known
        return e.weight(np.arange(first.item(), last.item(), step.item(), dtype=first.dtype))
    return _computed_range(e, start, limit, delta)


def _computed_range(e: Emitter, start: ir.Value, limit: ir.Value, delta: ir.Value) -> Term:
    """``start + delta * (0, 1, 2, ...)``, as many as there are before the limit."""
    dtype = e.kind(start).dtype
    first, last, step = (reshape(e, e.term(item), ()) for item in (start, limit, delta))
    count = e.op("Neg", e.op("FloorDiv", e.op("Sub", first, last), step))
    places = counting(e, cast(e, count, ir.DataType.INT64))
    return e.op("Add", e.op("Mul", cast(e, places, dtype), step), first)
