"""SAME padding agrees with ONNX Runtime's, size by size."""

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.padding import last_window, same_pads


def convolve(size: int, extent: int, stride: int, **attributes: object) -> np.ndarray:
    x = ir.Value(name="x", shape=ir.Shape([1, 1, size]), type=ir.TensorType(ir.DataType.FLOAT))
    op = OpsetBuilder(ir.Graph([x], [], nodes=[], opset_imports={"": 17}), 17)
    kernel = np.arange(1, extent + 1, dtype=np.float32).reshape(1, 1, extent)
    y = op.Conv(x, kernel, strides=[stride], **attributes)
    op.graph.outputs.append(y)
    op.dtype(y)
    model = ir.to_proto(ir.Model(op.graph, ir_version=8)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.arange(1, size + 1, dtype=np.float32).reshape(1, 1, size)})[0]


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("extent", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [5, 6, 7])
def test_explicit_pads_give_what_same_upper_gives(size, extent, stride):
    explicit = convolve(size, extent, stride, pads=list(same_pads(size, extent, stride)))
    np.testing.assert_array_equal(explicit, convolve(size, extent, stride, auto_pad="SAME_UPPER"))


def test_unknown_sizes_matter_only_where_the_window_overlaps():
    assert same_pads("width", 3, 1) == (1, 1)
    assert same_pads(None, 1, 2) == (0, 0)
    assert same_pads("width", 3, 2) is None
    assert same_pads(7, None, 1) is None


@pytest.mark.parametrize("pads", [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize(("extent", "stride"), [(2, 1), (2, 2), (2, 3), (3, 2), (4, 3), (3, 5)])
@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_rounding_down_with_a_padded_end_gives_what_ceil_mode_gives(size, extent, stride, pads):
    x = ir.Value(name="x", shape=ir.Shape([1, 1, size]), type=ir.TensorType(ir.DataType.FLOAT))
    op = OpsetBuilder(ir.Graph([x], [], nodes=[], opset_imports={"": 22}), 22)
    end, left_out = last_window(size, pads, extent, stride)
    usual = {"kernel_shape": [extent], "strides": [stride]}
    down = op.MaxPool(op.pad(x, [0, 0, pads[0], 0, 0, end], value=op.constant(np.float32(-9))), **usual)
    op.graph.outputs.extend([op.MaxPool(x, pads=list(pads), ceil_mode=1, **usual), down])
    for value in op.graph.outputs:
        op.dtype(value)
    model = ir.to_proto(ir.Model(op.graph, ir_version=8)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    array = np.random.default_rng(0).standard_normal((1, 1, size)).astype(np.float32)
    ceil, floor = session.run(None, {"x": array})
    np.testing.assert_array_equal(ceil, floor)
    naive = -(-(size + sum(pads) - extent) // stride) + 1
    assert left_out == (ceil.shape[2] < naive)
