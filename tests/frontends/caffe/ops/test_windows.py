import onnx_ir as ir
import pytest

from modelwright.errors import ConversionError
from modelwright.frontends.caffe.builder import CaffeBuilder, LayerContext
from modelwright.frontends.caffe.ops.windows import Window, check_window, spread


@pytest.fixture
def op():
    builder = CaffeBuilder(ir.Graph([], [], nodes=[], opset_imports={"": 17}), 17)
    builder.layer = LayerContext(type="Pooling", name="p")
    return builder


@pytest.mark.parametrize(
    ("values", "height", "width", "axes", "default", "found"),
    [
        ((3,), None, None, 2, None, (3, 3)),
        ((3, 5), None, None, 2, None, (3, 5)),
        ((), 2, 4, 2, None, (2, 4)),
        ((), 2, None, 2, 1, (2, 1)),
        ((), None, None, 3, 1, (1, 1, 1)),
    ],
)
def test_all_ways_to_say_a_size(op, values, height, width, axes, default, found):
    assert spread(op, "stride", values, height, width, axes=axes, default=default) == found


@pytest.mark.parametrize(
    ("values", "height", "axes", "reason"),
    [
        ((3,), 2, 2, "gives both stride and its form"),
        ((), 2, 3, "for height and width, but has 3 spatial axes"),
        ((), None, 2, "says no stride"),
        ((1, 2, 3), None, 2, "gives 3 values of stride for 2 spatial axes"),
    ],
)
def test_what_contradicts_itself(op, values, height, axes, reason):
    with pytest.raises(ConversionError, match=reason):
        spread(op, "stride", values, height, None, axes=axes, default=None)


def test_windows_are_not_empty(op):
    window = Window(kernel=(3, 0), stride=(1, 1), pad=(0, 0), dilation=(2, 1))
    assert window.extent == (5, 0)
    with pytest.raises(ConversionError, match="has kernel_size 3, 0"):
        check_window(op, window)
