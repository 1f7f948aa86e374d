"""Which dtype an operator is computed in, and what is emitted around it."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.builder import NodeContext, TensorFlowBuilder
from modelwright.frontends.tensorflow.ops import dtypes_support as support


def builder(dtype: ir.DataType, opset: int = 17) -> tuple[TensorFlowBuilder, ir.Value]:
    x = ir.Value(name="x", shape=ir.Shape([2, 3]), type=ir.TensorType(dtype))
    op = TensorFlowBuilder(ir.Graph([x], [], nodes=[], opset_imports={"": opset}), opset)
    op.node = NodeContext(name="layer", op_type="Op")
    return op, x


@pytest.mark.parametrize(
    ("op_type", "dtype", "opset", "wanted"),
    [
        ("Add", ir.DataType.INT8, 13, ir.DataType.INT32),
        ("Add", ir.DataType.INT8, 14, ir.DataType.INT8),
        ("Max", ir.DataType.UINT16, 17, ir.DataType.INT32),
        ("Where", ir.DataType.BOOL, 17, ir.DataType.UINT8),
        ("Tan", ir.DataType.DOUBLE, 17, ir.DataType.FLOAT),
        ("Clip", ir.DataType.BFLOAT16, 17, ir.DataType.BFLOAT16),
        ("Transpose", ir.DataType.UINT16, 17, ir.DataType.UINT16),
    ],
)
def test_kernel_dtype(op_type: str, dtype: ir.DataType, opset: int, wanted: ir.DataType) -> None:
    op, _ = builder(dtype, opset)
    assert support.kernel_dtype(op, op_type, dtype) is wanted


def test_no_kernel_at_all_is_an_error() -> None:
    op, _ = builder(ir.DataType.STRING)
    with pytest.raises(ConversionError, match="Max cannot be computed for string"):
        support.kernel_dtype(op, "Max", ir.DataType.STRING)


def test_casts_go_around_and_only_where_needed() -> None:
    op, x = builder(ir.DataType.INT16)
    result = support.compute(op, "Max", x, x)
    assert [node.op_type for node in op.graph] == ["Cast", "Cast", "Max", "Cast"]
    assert op.dtype(result) is ir.DataType.INT16
    op, x = builder(ir.DataType.FLOAT)
    support.compute(op, "Max", x, x)
    assert [node.op_type for node in op.graph] == ["Max"]


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
