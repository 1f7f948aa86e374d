"""Tensor lists, which TensorFlow's loops collect their results in, and the tensor arrays of TensorFlow 1.

A tensor array's handle only says what its elements are; its contents travel along the ``flow`` tensors, so that the
list stands for the flow.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import constant_ints, int64, scalar_to_vector
from modelwright.frontends.tensorflow.ops.tensor_list_value import (
    CollectedList,
    Shape,
    TensorList,
    as_list,
    filled,
    fitting,
    grown,
    length,
    materialize,
    merged_shape,
    with_stacked,
)


def _declared(op: TensorFlowBuilder, shape: ir.Value) -> Shape | None:
    """An ``element_shape`` input: a vector with -1 for open sizes, or the scalar -1 for an open rank."""
    sizes = constant_ints(op, shape)
    if sizes is None:
        known = op.shape(shape)
        count = known[0] if known is not None and len(known) == 1 else None
        return (None,) * count if isinstance(count, int) else None
    if op.rank(shape) == 0:
        return None
    return tuple(size if size >= 0 else None for size in sizes)


def _tensors_only(op: TensorFlowBuilder, dtype: ir.DataType) -> None:
    if dtype is ir.DataType.UNDEFINED:
        raise op.fail("makes a list of lists or resources", hint="only lists of tensors can be converted")


@tf_op("TensorListReserve", ignores=("shape_type",))
def reserve(op: TensorFlowBuilder, shape: ir.Value, count: ir.Value, *, element_dtype: ir.DataType) -> TensorList:
    """A list of ``count`` elements that are zeros until they are written."""
    _tensors_only(op, element_dtype)
    size = scalar_to_vector(op, count)
    return TensorList(dtype=element_dtype, shape=_declared(op, shape), size=size, size_source=count)


@tf_op("EmptyTensorList", ignores=("shape_type",))
def empty(op: TensorFlowBuilder, shape: ir.Value, _most: ir.Value, *, element_dtype: ir.DataType) -> TensorList:
    """A list without elements, to push some to; its limit would only make errors."""
    _tensors_only(op, element_dtype)
    return TensorList(dtype=element_dtype, shape=_declared(op, shape), size=op.ints(0))


@tf_op("TensorListFromTensor", ignores=("shape_type",))
def from_tensor(op: TensorFlowBuilder, tensor: ir.Value, shape: ir.Value, *, element_dtype: ir.DataType) -> TensorList:
    """The rows of a tensor."""
    return with_stacked(op, TensorList(dtype=element_dtype, shape=_declared(op, shape)), tensor)


def _row(op: TensorFlowBuilder, index: ir.Value) -> ir.Value:
    return op.unsqueeze(scalar_to_vector(op, index), [0])


def _written(op: TensorFlowBuilder, list_: TensorList, index: ir.Value, item: ir.Value) -> TensorList:
    shaped = replace(list_, shape=merged_shape(list_.shape, op.shape(item)))
    row = op.unsqueeze(item, [0])
    if constant_ints(op, length(op, list_)) == [1]:
        return with_stacked(op, shaped, row)
    return with_stacked(op, shaped, op.ScatterND(fitting(op, list_, item), _row(op, index), row))


@tf_op("TensorListSetItem", ignores=("element_dtype",))
def set_item(
    op: TensorFlowBuilder,
    list_: Converted,
    index: ir.Value,
    item: ir.Value,
    *,
    resize_if_index_out_of_bounds: bool = False,
) -> TensorList | CollectedList:
    """The list with element ``index`` replaced, made longer for it if allowed."""
    if isinstance(list_, CollectedList):
        return replace(list_, item=item)
    found = as_list(op, list_)
    if found.grows or resize_if_index_out_of_bounds:
        found = grown(op, replace(found, grows=True), op.Add(scalar_to_vector(op, index), op.ints(1)))
    return _written(op, found, index, item)


@tf_op("TensorListGetItem", ignores=("element_dtype",))
def get_item(op: TensorFlowBuilder, list_: Converted, index: ir.Value, shape: ir.Value) -> ir.Value:
    """Element ``index``."""
    found = as_list(op, list_)
    declared = merged_shape(_declared(op, shape), found.shape)
    return op.gather(materialize(op, replace(found, shape=declared)), int64(op, index))


@tf_op("TensorListStack", ignores=("element_dtype", "num_elements"))
def stack(op: TensorFlowBuilder, list_: Converted, shape: ir.Value) -> ir.Value:
    """All elements along a new leading axis."""
    found = as_list(op, list_)
    declared = merged_shape(_declared(op, shape), found.shape)
    return op.Identity(materialize(op, replace(found, shape=declared)))


@tf_op("TensorListLength")
def list_length(op: TensorFlowBuilder, list_: Converted) -> ir.Value:
    """The number of elements, int32."""
    return op.cast(op.squeeze(length(op, as_list(op, list_)), [0]), ir.DataType.INT32)


@tf_op("TensorListElementShape")
def list_element_shape(op: TensorFlowBuilder, list_: Converted, *, shape_type: ir.DataType) -> ir.Value:
    """The elements' shape, -1 where it is open."""
    found = as_list(op, list_)
    if found.stacked is not None:
        return op.cast(op.slice(op.Shape(found.stacked), [1], [None]), shape_type)
    sizes = -1 if found.shape is None else [-1 if size is None else size for size in found.shape]
    return op.constant(np.asarray(sizes, dtype=shape_type.numpy()))


@tf_op("TensorListPushBack", ignores=("element_dtype",))
def push_back(op: TensorFlowBuilder, list_: Converted, item: ir.Value) -> TensorList:
    """The list with one more element."""
    found = as_list(op, list_)
    row = op.unsqueeze(item, [0])
    if constant_ints(op, length(op, found)) == [0]:
        return with_stacked(op, found, row)
    return with_stacked(op, found, op.concat([fitting(op, found, item), row], 0))


@tf_op("TensorListPopBack", ignores=("element_dtype",))
def pop_back(op: TensorFlowBuilder, list_: Converted, shape: ir.Value) -> tuple[TensorList, ir.Value]:
    """The list without its last element, and that element."""
    found = as_list(op, list_)
    stacked = materialize(op, replace(found, shape=merged_shape(_declared(op, shape), found.shape)))
    return with_stacked(op, found, op.slice(stacked, [0], [-1])), op.gather(stacked, -1)


@tf_op("TensorListResize")
def resize(op: TensorFlowBuilder, list_: Converted, size: ir.Value) -> TensorList:
    """The list cut or filled with zeros to ``size`` elements."""
    found = as_list(op, list_)
    wanted = scalar_to_vector(op, size)
    if found.stacked is None:
        return replace(found, size=wanted, size_source=size)
    kept = op.Slice(found.stacked, op.ints(0), wanted, op.ints(0))
    return with_stacked(op, found, filled(op, kept, wanted, found.dtype))


@tf_op("TensorListGather", ignores=("element_dtype",))
def gather(op: TensorFlowBuilder, list_: Converted, indices: ir.Value, shape: ir.Value) -> ir.Value:
    """Some elements, stacked."""
    found = as_list(op, list_)
    declared = merged_shape(_declared(op, shape), found.shape)
    return op.gather(materialize(op, replace(found, shape=declared)), int64(op, indices))


def _scattered(op: TensorFlowBuilder, list_: TensorList, indices: ir.Value, rows: ir.Value) -> TensorList:
    if _is_whole(op, list_, indices):
        return with_stacked(op, list_, rows)
    if list_.grows:
        list_ = grown(op, list_, _least(op, indices))
    places = op.unsqueeze(int64(op, indices), [1])
    return with_stacked(op, list_, op.ScatterND(fitting(op, list_, op.gather(rows, 0)), places, rows))


def _least(op: TensorFlowBuilder, indices: ir.Value) -> ir.Value:
    """The length that the largest index needs."""
    return op.Add(op.reduce("ReduceMax", int64(op, indices), [0], keepdims=True), op.ints(1))


def _is_whole(op: TensorFlowBuilder, list_: TensorList, indices: ir.Value) -> bool:
    """Whether ``indices`` are all places of a list in order: the constants, or a Range from 0 to its size."""
    found, size = constant_ints(op, indices), constant_ints(op, length(op, list_))
    if found is not None and size is not None:
        return found == list(range(size[0]))
    node = _source(indices).producer()
    if node is None or node.op_type != "Range":
        return False
    start, _, step = (None if value is None else constant_ints(op, value) for value in node.inputs)
    if start != [0] or step != [1]:
        return False
    if list_.grows and list_.stacked is None and size == [0]:
        return True
    end = node.inputs[1]
    return end is not None and list_.size_source is not None and _source(end) is _source(list_.size_source)


def _source(value: ir.Value) -> ir.Value:
    """The tensor that a value is a copy or a cast of."""
    node = value.producer()
    while node is not None and node.op_type in ("Identity", "Cast") and node.inputs[0] is not None:
        value = node.inputs[0]
        node = value.producer()
    return value


@tf_op("TensorListScatter", "TensorListScatterV2", ignores=("shape_type",))
def scatter(
    op: TensorFlowBuilder,
    rows: ir.Value,
    indices: ir.Value,
    shape: ir.Value,
    count: ir.Value | None = None,
    *,
    element_dtype: ir.DataType,
) -> TensorList:
    """A list whose element ``indices[i]`` is row ``i``; as long as the largest index needs without ``count``."""
    given = constant_ints(op, count) if count is not None else None
    size = _least(op, indices) if count is None or given == [-1] else scalar_to_vector(op, count)
    reserved = TensorList(dtype=element_dtype, shape=_declared(op, shape), size=size, size_source=count)
    return _scattered(op, reserved, indices, rows)


@tf_op("TensorListScatterIntoExistingList", ignores=("element_dtype",))
def scatter_into(op: TensorFlowBuilder, list_: Converted, rows: ir.Value, indices: ir.Value) -> TensorList:
    """The list with element ``indices[i]`` replaced by row ``i``."""
    return _scattered(op, as_list(op, list_), indices, rows)


@tf_op("TensorListConcat", "TensorListConcatV2", ignores=("element_dtype", "element_shape", "shape_type"))
def concat(
    op: TensorFlowBuilder, list_: Converted, shape: ir.Value | None = None, _lengths: ir.Value | None = None
) -> tuple[ir.Value, ir.Value]:
    """The elements joined along their first axis, and the length of each; all elements have one shape here."""
    found = as_list(op, list_)
    declared = found.shape if shape is None else merged_shape(_declared(op, shape), found.shape)
    stacked = materialize(op, replace(found, shape=declared))
    rank = op.need_rank(stacked)
    if rank < 2:
        raise op.fail("joins scalars")
    joined = op.reshape(stacked, op.concat([op.ints(-1), op.slice(op.shape_of(stacked), [2], [None])], 0))
    return joined, op.Expand(op.dim_of(stacked, 1), op.dim_of(stacked, 0))
