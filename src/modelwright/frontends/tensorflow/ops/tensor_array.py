"""Tensor arrays of TensorFlow 1, as tensor lists.

A tensor array's handle only says what its elements are; its contents travel along the ``flow`` tensors, so that the
list stands for the flow.
"""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.dtypes_support import int64, scalar_to_vector
from modelwright.frontends.tensorflow.ops.tensor_list import list_length, scatter_into, set_item
from modelwright.frontends.tensorflow.ops.tensor_list_value import (
    CollectedList,
    Shape,
    TensorList,
    as_list,
    materialize,
)

_UNUSED = ("clear_after_read", "identical_element_shapes", "tensor_array_name")


@tf_op("TensorArrayV3", ignores=_UNUSED)
def tensor_array(
    op: TensorFlowBuilder,
    size: ir.Value,
    *,
    dtype: ir.DataType,
    element_shape: Shape | None = None,
    dynamic_size: bool = False,
) -> tuple[TensorList, TensorList]:
    """A handle and a flow; both are the list as it is at first."""
    count = scalar_to_vector(op, size)
    made = TensorList(dtype=dtype, shape=element_shape, size=count, size_source=size, grows=dynamic_size)
    return made, made


@tf_op("TensorArrayWriteV3", ignores=("dtype",))
def write(
    op: TensorFlowBuilder, _handle: Converted, index: ir.Value, item: ir.Value, flow: Converted
) -> TensorList | CollectedList:
    """The flow with element ``index`` written."""
    return set_item(op, flow, index, item)


@tf_op("TensorArrayReadV3", ignores=("dtype",))
def read(op: TensorFlowBuilder, _handle: Converted, index: ir.Value, flow: Converted) -> ir.Value:
    """Element ``index``."""
    return op.gather(materialize(op, as_list(op, flow)), int64(op, index))


@tf_op("TensorArrayGatherV3", ignores=("dtype", "element_shape"))
def gather(op: TensorFlowBuilder, _handle: Converted, indices: ir.Value, flow: Converted) -> ir.Value:
    """Some elements, stacked."""
    return op.gather(materialize(op, as_list(op, flow)), int64(op, indices))


@tf_op("TensorArrayScatterV3", ignores=("dtype",))
def scatter(
    op: TensorFlowBuilder, _handle: Converted, indices: ir.Value, rows: ir.Value, flow: Converted
) -> TensorList:
    """The flow with element ``indices[i]`` replaced by row ``i``."""
    return scatter_into(op, flow, rows, indices)


@tf_op("TensorArraySizeV3")
def size(op: TensorFlowBuilder, _handle: Converted, flow: Converted) -> ir.Value:
    """The number of elements, int32."""
    return list_length(op, flow)
