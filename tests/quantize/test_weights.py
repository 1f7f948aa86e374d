import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from modelwright.quantize.params import TensorParams
from modelwright.quantize.weights import block_ranges, channel_ranges, dequantized, quantized

RANDOM = np.random.default_rng(0)


def in_onnx_runtime(array, params):
    dtype = getattr(TensorProto, params.dtype.upper())
    attributes = {} if params.axis is None else {"axis": params.axis}
    if params.block:
        attributes["block_size"] = params.block
    node = helper.make_node("QuantizeLinear", ["x", "s", "z"], ["y"], **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, array.shape),
            helper.make_tensor_value_info("s", TensorProto.FLOAT, params.scale.shape),
            helper.make_tensor_value_info("z", dtype, params.zero_point.shape),
        ],
        [helper.make_tensor_value_info("y", dtype, array.shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": array, "s": params.scale, "z": params.zero_point})[0]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
@pytest.mark.parametrize("axis", [None, 0, 2])
def test_integers_are_those_of_onnx_runtime(dtype, axis):
    array = (RANDOM.standard_normal((5, 3, 4)) * 3).astype(np.float32)
    array.reshape(-1)[:4] = [0.5, 1.5, -0.5, -2.5]
    size = () if axis is None else (array.shape[axis],)
    scale = np.full(size, 1.0, np.float32) if axis is None else RANDOM.uniform(0.01, 1, size).astype(np.float32)
    zero = RANDOM.integers(0, 100, size).astype(dtype)
    params = TensorParams(scale=scale, zero_point=zero, dtype=dtype, axis=axis)
    found = quantized(array, params)
    assert found.dtype == dtype
    assert np.array_equal(found, in_onnx_runtime(array, params))


def test_blocks_with_a_rest():
    array = RANDOM.standard_normal((10, 3)).astype(np.float32)
    low, high = block_ranges(array, 0, 4)
    assert low.shape == high.shape == (3, 3)
    assert low[2, 1] == array[8:, 1].min()
    params = TensorParams(
        scale=(np.maximum(-low, high) / 127).astype(np.float32),
        zero_point=np.zeros((3, 3), np.int8),
        dtype="int8",
        axis=0,
        block=4,
    )
    assert np.abs(dequantized(quantized(array, params), params) - array).max() <= params.scale.max() / 2 * 1.001


def test_ranges_of_channels():
    array = RANDOM.standard_normal((4, 3, 2)).astype(np.float32)
    assert np.array_equal(channel_ranges(array, 1)[1], np.maximum(array.max(axis=(0, 2)), 0))
    assert channel_ranges(array, None)[0].shape == ()
    assert np.array_equal(channel_ranges(np.zeros((0, 3), np.float32), 1)[0], np.zeros(3))


def test_biases_keep_their_thirty_two_bits():
    params = TensorParams(scale=np.float32(1e-6), zero_point=np.int32(0), dtype="int32")
    array = np.array([1234.567, -2000.0], np.float32)
    found = quantized(array, params)
    assert found.dtype == np.int32
    assert np.allclose(found * 1e-6, array, rtol=1e-6)
