"""Which dtype an operator is computed in, and what is emitted around it."""

from __future__ import annotations

import onnx_ir as ir
import pytest

from modelwright.errors import ConversionError
from modelwright.hub import kernels
from modelwright.hub.emitters import OpsetBuilder


def builder(dtype: ir.DataType, opset: int = 17) -> tuple[OpsetBuilder, ir.Value]:
    x = ir.Value(name="x", shape=ir.Shape([2, 3]), type=ir.TensorType(dtype))
    return OpsetBuilder(ir.Graph([x], [], nodes=[], opset_imports={"": opset}), opset), x


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
    assert kernels.kernel_dtype(op, op_type, dtype) is wanted


def test_no_kernel_at_all_is_an_error() -> None:
    op, _ = builder(ir.DataType.STRING)
    with pytest.raises(ConversionError, match="Max cannot be computed for string"):
        kernels.kernel_dtype(op, "Max", ir.DataType.STRING)


def test_casts_go_around_and_only_where_needed() -> None:
    op, x = builder(ir.DataType.INT16)
    result = kernels.compute(op, "Max", x, x)
    assert [node.op_type for node in op.graph] == ["Cast", "Cast", "Max", "Cast"]
    assert op.dtype(result) is ir.DataType.INT16
    op, x = builder(ir.DataType.FLOAT)
    kernels.compute(op, "Max", x, x)
    assert [node.op_type for node in op.graph] == ["Max"]
