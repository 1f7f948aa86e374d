import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import ConversionError
from modelwright.frontends.caffe.blobs import Blob
from modelwright.frontends.caffe.builder import BatchFixed, CaffeBuilder, LayerContext


@pytest.fixture
def op():
    builder = CaffeBuilder(ir.Graph([], [], nodes=[], opset_imports={"": 17}), 17)
    blob = Blob(shape=(1, 1, 2, 3), legacy=True, data=np.arange(6, dtype=np.float32))
    builder.layer = LayerContext(type="Odd", name="o", blobs=(blob,), weights="w.caffemodel", owners=(("o", 0),))
    builder.made = {}
    return builder


def _value(*shape):
    return ir.Value(name="x", shape=ir.Shape(shape), type=ir.TensorType(ir.DataType.FLOAT))


def test_axes_and_sizes(op):
    x = _value("batch", 3, 4)
    assert [op.axis(x, item) for item in (0, 2, -1, -3)] == [0, 2, 2, 0]
    assert op.axis(x, -1, end=True) == 3
    assert op.sizes(x, [1, 2]) == [3, 4]
    with pytest.raises(BatchFixed, match="Odd 'o' needs the size of dimension 0"):
        op.sizes(x)
    with pytest.raises(ConversionError, match="axis 3 does not exist"):
        op.axis(x, 3)


def test_weights_are_made_once_for_each_shape(op):
    assert op.weight(0, [2, 3]) is op.weight(0, [2, 3])
    assert op.weight(0, [1, 2, 3]) is not op.weight(0, [2, 3])
    with pytest.raises(
        ConversionError, match=r"have shape \[1, 1, 2, 3\] in w\.caffemodel, but the net calls for \[3, 2\]"
    ):
        op.weight(0, [3, 2])
    with pytest.raises(ConversionError, match="needs weights number 1"):
        op.weight(1, [2])


def test_limits(op):
    op.check_count(_value("batch", 3))
    with pytest.raises(ConversionError, match="larger than a blob of Caffe may be"):
        op.check_count(_value(2**16, 2**16))
    with pytest.raises(ConversionError, match="a constant of 1,000,000,000 numbers"):
        op.check_computed(10**9)
