"""Elements by number."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import (
    axis_of,
    constant,
    cut,
    reshape,
    scalar,
    size_tensor,
    static,
)
from modelwright.errors import ConversionError


@mind_op("Gather")
def gather(e: Emitter, x: ir.Value, indices: ir.Value, *, axis: int = 0) -> Term:
    """Rows by number; negative ones count from the end."""
    at = axis_of(axis, len(e.kind(x).shape))
    return e.op("Gather", e.term(x), _counted(e, indices, x, at), at, 0)


def _counted(e: Emitter, indices: ir.Value, x: ir.Value, axis: int) -> Term:
    """Indices along an axis, from 0 on."""
    known, size = e.known(indices), e.kind(x).shape[axis]
    if known is not None and (known >= 0).all():
        return e.term(indices)
    if known is not None and isinstance(size, int):
        return e.weight(np.where(known < 0, known + size, known).astype(known.dtype))
    dtype = e.kind(indices).dtype
    negative = e.op("Less", e.term(indices), scalar(e, 0, dtype))
    return e.op("Select", negative, e.op("Add", e.term(indices), size_tensor(e, x, axis, dtype)), e.term(indices))


@mind_op("Compress")
def compress(e: Emitter, x: ir.Value, condition: ir.Value, *, axis: int | None = None) -> Term:
    """The rows where a condition holds; of all elements, one after the other, without an axis."""
    data = reshape(e, e.term(x), (-1,)) if axis is None else e.term(x)
    places = reshape(e, e.op("NonZero", e.term(condition)), (-1,))
    return e.op("Gather", data, places, 0 if axis is None else axis_of(axis, len(e.kind(x).shape)), 0)


@mind_op("GatherElements")
def gather_elements(e: Emitter, x: ir.Value, indices: ir.Value, *, axis: int = 0) -> Term:
    """An element for each index."""
    at = axis_of(axis, len(e.kind(x).shape))
    return e.op("GatherD", e.term(x), at, _counted(e, indices, x, at))


@mind_op("GatherND")
def gather_nd(e: Emitter, x: ir.Value, indices: ir.Value, *, batch_dims: int = 0) -> Term:
    """Slices by rows of indices."""
    if batch_dims:
        return e.op("GatherNd", e.term(x), _with_batch(e, indices, batch_dims))
    known = constant(e, indices, "its indices") if e.known(indices) is not None else None
    if known is not None and (known < 0).any():
        sizes = np.array(static(e, x)[: known.shape[-1]])
        return e.op("GatherNd", e.term(x), e.weight(np.where(known < 0, known + sizes, known).astype(known.dtype)))
    return e.op("GatherNd", e.term(x), e.term(indices))


def _with_batch(e: Emitter, indices: ir.Value, count: int) -> Term:
    """Rows of indices that say the batch, too."""
    shape = e.kind(indices).shape
    sizes = tuple(size for size in shape[:-1] if isinstance(size, int))
    if len(sizes) < len(shape) - 1:
        raise ConversionError("its batch is not known", hint="fix the sizes of the inputs in the conversion")
    places = np.moveaxis(np.indices(sizes)[:count], 0, -1)
    batch = np.ascontiguousarray(places, e.kind(indices).dtype.numpy())
    return e.op("Concat", e.tuple([e.weight(batch), e.term(indices)]), -1)


@mind_op("ScatterElements")
def scatter_elements(
    e: Emitter, x: ir.Value, indices: ir.Value, updates: ir.Value, *, axis: int = 0, reduction: str = "none"
) -> Term:
    """Elements put, or added, at indices along an axis."""
    if reduction not in ("none", "add"):
        raise ConversionError(f"its reduction is {reduction}")
    at = axis_of(axis, len(e.kind(x).shape))
    data, places, given = e.term(x), _counted(e, indices, x, at), e.term(updates)
    perhaps_none = len(e.kind(x).shape) == 1 and e.kind(indices).static is None
    if perhaps_none:
        data, places, given = _with_spare(e, x, indices, (data, places, given))
    result = e.op("TensorScatterElements", data, places, given, at, int(reduction == "add"))
    return cut(e, result, 1, {0: (0, -1, 1)}) if perhaps_none else result


def _with_spare(e: Emitter, x: ir.Value, indices: ir.Value, terms: tuple[Term, Term, Term]) -> tuple[Term, Term, Term]:
    """Data, indices and updates with one more element each: MindSpore fails where nothing is put."""
    data, places, given = terms
    spare = reshape(e, scalar(e, 0, e.kind(x).dtype), (1,))
    behind = reshape(e, size_tensor(e, x, 0, e.kind(indices).dtype), (1,))
    longer = [(data, spare), (places, behind), (given, spare)]
    one, two, three = (e.op("Concat", e.tuple(pair), 0) for pair in longer)
    return one, two, three


@mind_op("ScatterND")
def scatter_nd(e: Emitter, x: ir.Value, indices: ir.Value, updates: ir.Value, *, reduction: str = "none") -> Term:
    """Slices put at rows of indices."""
    names = {
        "none": "TensorScatterUpdate",
        "add": "TensorScatterAdd",
        "mul": "TensorScatterMul",
        "max": "TensorScatterMax",
        "min": "TensorScatterMin",
    }
    return e.op(names[reduction], e.term(x), e.term(indices), e.term(updates), old=True)


@mind_op("OneHot")
def one_hot(e: Emitter, indices: ir.Value, depth: ir.Value, values: ir.Value, *, axis: int = -1) -> Term:
    """On where the index is, off elsewhere: by comparison."""
    rank = len(e.kind(indices).shape) + 1
    at, size = axis_of(axis, rank), int(constant(e, depth, "its depth").reshape(()))
    dtype = e.kind(indices).dtype
    known = constant(e, values, "its values")
    numbers = np.arange(size, dtype=dtype.numpy()).reshape([size if place == at else 1 for place in range(rank)])
    index = e.op("ExpandDims", e.term(indices), at)
    index = e.op("FloorMod", index, scalar(e, size, dtype))
    hit = e.op("Equal", index, e.weight(numbers))
    return e.op("Select", hit, e.weight(known[1]), e.weight(known[0]))
