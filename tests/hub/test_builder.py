"""The builder names, checks and shares what it emits."""

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import InternalError
from modelwright.hub.builder import SOURCE_KEY
from modelwright.hub.emitters import OpsetBuilder


def make_builder(
    opset: int = 17, shape: tuple[int | str | None, ...] = ("batch", 8, 8, 3)
) -> tuple[OpsetBuilder, ir.Value]:
    x = ir.Value(name="x", shape=ir.Shape(shape), type=ir.TensorType(ir.DataType.FLOAT))
    return OpsetBuilder(ir.Graph([x], [], nodes=[], opset_imports={"": opset}), opset), x


def test_nodes_are_named_after_the_layer_they_come_from():
    op, x = make_builder()
    with op.at("block1/conv"):
        y = op.Relu(x)
        z = op.Relu(y)
    assert [node.name for node in op.graph] == ["block1/conv/Relu", "block1/conv/Relu_1"]
    assert z.producer().meta[SOURCE_KEY] == "block1/conv"


def test_unknown_attribute_and_operator_are_internal_errors():
    op, x = make_builder()
    with pytest.raises(InternalError, match="no attribute 'slope'"):
        op.LeakyRelu(x, slope=0.1)
    with pytest.raises(InternalError, match="Gelu does not exist at opset 17"):
        op.Gelu(x)
    with pytest.raises(AttributeError, match="has no helper 'no_such_helper'"):
        op.no_such_helper(x)


def test_attribute_kind_comes_from_the_schema():
    op, x = make_builder()
    node = op.LeakyRelu(x, alpha=1).producer()
    assert node.attributes["alpha"].type is ir.AttributeType.FLOAT


def test_small_constants_are_shared_and_large_ones_are_not():
    op, _ = make_builder()
    assert op.ints(1, 2) is op.ints([1, 2])
    assert op.ints(1) is not op.constant(np.asarray([1], dtype=np.int32))
    large = np.zeros(1000, dtype=np.float32)
    assert op.constant(large) is not op.constant(large)


def test_negative_zero_is_not_shared_with_zero():
    op, _ = make_builder()
    assert op.constant(np.float32(0.0)) is not op.constant(np.float32(-0.0))


def test_trailing_missing_inputs_are_dropped():
    op, x = make_builder()
    node = op.Clip(x, None, None).producer()
    assert len(node.inputs) == 1


def test_nodes_go_before_the_given_node():
    op, x = make_builder()
    last = op.Relu(x)
    before = OpsetBuilder(op.graph, 17, before=last.producer())
    before.Sigmoid(x)
    assert [node.op_type for node in op.graph] == ["Sigmoid", "Relu"]


@pytest.mark.parametrize(("opset", "as_attribute"), [(13, True), (17, True), (18, False)])
def test_reduce_mean_takes_axes_as_the_opset_wants(opset, as_attribute):
    op, x = make_builder(opset)
    node = op.reduce("ReduceMean", x, [1, 2], keepdims=False).producer()
    assert ("axes" in node.attributes) is as_attribute
    assert op.shape(node.outputs[0]) == ("batch", 3)


def test_string_constants_hold_bytes():
    op, _ = make_builder()
    value = op.constant(np.asarray([b"a", b"\xff"], dtype=object))
    assert value.const_value.numpy().tolist() == [b"a", b"\xff"]
