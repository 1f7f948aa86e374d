"""Types that kernels lack, infinities, and what does not exist."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.emission import Border, may_be_infinite
from modelwright.errors import ConversionError, InternalError


def _value(dtype: ir.DataType, *shape: int) -> ir.Value:
    return ir.Value(name="x", type=ir.TensorType(dtype), shape=ir.Shape(shape))


@pytest.fixture
def op() -> LiteBuilder:
    builder = LiteBuilder(ir.Graph([], [], nodes=[], name="g"), 20)
    builder.node, builder.border = ir.node("Layer", [], name="layer"), Border()
    return builder


def _kinds(op: LiteBuilder) -> list[str]:
    return [node.op_type for node in op.graph]


def test_narrow_integers_are_carried_by_wider_ones(op):
    x = _value(ir.DataType.INT8, 2)
    result = op.ADD(x, x)
    assert result.dtype is ir.DataType.INT8
    assert _kinds(op) == ["CAST", "CAST", "ADD", "CAST"]


def test_bits_are_moved_as_integers_of_their_width(op):
    result = op.GATHER(_value(ir.DataType.DOUBLE, 3), op.i32(1), axis=0)
    assert result.dtype is ir.DataType.DOUBLE
    assert _kinds(op) == ["BITCAST", "GATHER", "BITCAST"]


def test_constants_are_cast_at_once(op):
    op.ADD(_value(ir.DataType.FLOAT16, 2), op.constant(np.ones(2, np.float16)))
    assert _kinds(op) == ["CAST", "ADD", "CAST"]


def test_what_nothing_carries_is_a_refusal(op):
    with pytest.raises(ConversionError, match="TFLite's EXP has no kernel for int64"):
        op.EXP(_value(ir.DataType.INT64, 2))


def test_an_option_that_does_not_exist(op):
    x = _value(ir.DataType.FLOAT, 1, 2, 2, 1)
    with pytest.raises(InternalError, match="CONV_2D has no option 'stride'"):
        op.CONV_2D(x, x, x, stride=1, shape=None)


def test_infinities_stay_marked_where_they_are_moved(op):
    mask = op.constant(np.array([0, -np.inf], np.float32))
    assert may_be_infinite(mask)
    moved = op.RESHAPE(mask, op.i32(1, 2), shape=(1, 2))
    assert may_be_infinite(moved)
    assert not may_be_infinite(op.EXP(moved))
    assert not may_be_infinite(op.constant(np.ones(2, np.float32)))
