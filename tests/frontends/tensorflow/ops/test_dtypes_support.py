"""Dtypes and integers as ONNX wants them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import NodeContext, TensorFlowBuilder
from modelwright.frontends.tensorflow.ops import dtypes_support as support


def builder(dtype: ir.DataType, opset: int = 17) -> tuple[TensorFlowBuilder, ir.Value]:
    x = ir.Value(name="x", shape=ir.Shape([2, 3]), type=ir.TensorType(dtype))
    op = TensorFlowBuilder(ir.Graph([x], [], nodes=[], opset_imports={"": opset}), opset)
    op.node = NodeContext(name="layer", op_type="Op")
    return op, x


def test_small_constants_are_converted_while_writing() -> None:
    op, _ = builder(ir.DataType.FLOAT)
    value = support.int64(op, op.constant(np.asarray([[1, 2]], np.int32)))
    assert value.producer() is None
    assert value.const_value is not None
    assert value.const_value.numpy().dtype == np.int64


def test_a_scalar_becomes_a_vector() -> None:
    op, _ = builder(ir.DataType.FLOAT)
    vector = support.scalar_to_vector(op, op.constant(np.asarray(3, np.int32)))
    assert support.constant_ints(op, vector) == [3]
    assert op.shape(vector) == (1,)
