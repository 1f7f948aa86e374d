"""Tensor lists while they are converted: what is known of them, and their form in the model.

A list of ``n`` tensors of one shape is one tensor with a leading axis of ``n``. A list of which nothing was written
yet has no tensor: the shape of its elements may be open until the first is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorList:
    """A list of tensors.

    Attributes:
        dtype: The elements' dtype.
        shape: The elements' shape, None where it is open.
        stacked: The elements along a new leading axis, or None while nothing was written.
        size: How many elements there are, a 1-D int64 tensor of one element; only while ``stacked`` is None.
        size_source: The tensor that ``size`` was made of, to recognize it.
        grows: Whether writing behind its end makes it longer.
    """

    dtype: ir.DataType
    shape: Shape | None = None
    stacked: ir.Value | None = None
    size: ir.Value | None = None
    size_source: ir.Value | None = None
    grows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedList:
    """Inside a loop's body: a list to which each trip writes its element once and in order.

    Attributes:
        dtype: The elements' dtype.
        item: What this trip has written; None before.
    """

    dtype: ir.DataType
    item: ir.Value | None = None


def as_list(op: TensorFlowBuilder, item: Converted) -> TensorList:
    """``item`` if it is a tensor list.

    Raises:
        ConversionError: It is something else.
    """
    if isinstance(item, TensorList):
        return item
    raise op.fail(f"expects a tensor list but gets a {type(item).__name__}")


def length(op: TensorFlowBuilder, list_: TensorList) -> ir.Value:
    """How many elements there are, a 1-D int64 tensor of one element."""
    if list_.stacked is not None:
        return op.dim_of(list_.stacked, 0)
    if list_.size is None:
        raise op.fail("works on a tensor list of unknown length")
    return list_.size


def element_shape(op: TensorFlowBuilder, list_: TensorList) -> tuple[int | str | None, ...] | None:
    """The elements' dimensions as far as they are known."""
    stacked = None if list_.stacked is None else op.shape(list_.stacked)
    return list_.shape if stacked is None else stacked[1:]


def zeros(op: TensorFlowBuilder, dtype: ir.DataType, shape: ir.Value) -> ir.Value:
    """Zeros (or False, or empty strings) of a shape given as a 1-D int64 tensor."""
    if dtype is ir.DataType.STRING:
        return op.Expand(op.constant(np.asarray(b"", dtype=object)), shape)
    return op.ConstantOfShape(shape, value=np.zeros(1, dtype=dtype.numpy()))


def materialize(op: TensorFlowBuilder, list_: TensorList, *, open_size: int | None = None) -> ir.Value:
    """The stacked tensor; zeros for a list of which nothing was written.

    Args:
        op: The builder.
        list_: The list.
        open_size: What dimensions that are not known become; None makes them an error.

    Raises:
        ConversionError: The shape of the zeros is unknown.
    """
    if list_.stacked is not None:
        return list_.stacked
    sizes = [] if list_.shape is None else [open_size if size is None else size for size in list_.shape]
    known = [size for size in sizes if size is not None]
    if list_.shape is None or len(known) != len(sizes):
        raise op.fail(
            "reads a tensor list of which nothing was written and whose elements' shape is unknown",
            hint="give the input shapes with --inputs name[...]",
        )
    return zeros(op, list_.dtype, op.concat([length(op, list_), op.ints(known)], 0))


def fitting(op: TensorFlowBuilder, list_: TensorList, item: ir.Value) -> ir.Value:
    """The stacked tensor with elements of the shape of ``item``: dimensions that were open become the item's."""
    size = length(op, list_)
    if list_.stacked is None:
        return zeros(op, list_.dtype, op.concat([size, op.shape_of(item)], 0))
    known, wanted = element_shape(op, list_), op.shape(item)
    if known is not None and known == wanted and None not in known:
        return list_.stacked
    return op.Expand(list_.stacked, op.concat([size, op.shape_of(item)], 0))


def filled(op: TensorFlowBuilder, stacked: ir.Value, size: ir.Value, dtype: ir.DataType) -> ir.Value:
    """Rows of zeros after those of ``stacked``, so that there are at least ``size`` (1-D int64, one element)."""
    shape = op.shape_of(stacked)
    missing = op.Max(op.Sub(size, op.slice(shape, [0], [1])), op.ints(0))
    return op.concat([stacked, zeros(op, dtype, op.concat([missing, op.slice(shape, [1], [None])], 0))], 0)


def grown(op: TensorFlowBuilder, list_: TensorList, size: ir.Value) -> TensorList:
    """A list that grows, with at least ``size`` elements; any other list as it is."""
    if not list_.grows:
        return list_
    if list_.stacked is None:
        return replace(list_, size=op.Max(length(op, list_), size), size_source=None)
    return with_stacked(op, list_, filled(op, list_.stacked, size, list_.dtype))


def merged_shape(shape: Shape | None, item: tuple[int | str | None, ...] | None) -> Shape | None:
    """An element shape with what an element's own shape adds."""
    if item is None:
        return shape
    sizes = tuple(size if isinstance(size, int) else None for size in item)
    if shape is None or len(shape) != len(sizes):
        return sizes
    return tuple(old if old is not None else new for old, new in zip(shape, sizes, strict=True))


def with_stacked(op: TensorFlowBuilder, list_: TensorList, stacked: ir.Value) -> TensorList:
    """The list with another stacked tensor."""
    shape = op.shape(stacked)
    known = merged_shape(list_.shape, None if shape is None else shape[1:])
    return replace(list_, stacked=stacked, shape=known, size=None, size_source=None)
