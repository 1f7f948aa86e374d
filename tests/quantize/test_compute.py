import numpy as np
import onnx_ir as ir
import pytest

from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import activation_params, compute_params, limits, weight_params
from modelwright.quantize.params import QuantizedTensor, Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings, Scheme
from modelwright.quantize.weights import dequantized, quantized

RANDOM = np.random.default_rng(0)


def weight(array, scheme, axis=None):
    wanted = QuantizedTensor(name="w", role=Role.WEIGHT, scheme=scheme, readers=(), axis=axis)
    return weight_params(ir.Tensor(array), wanted)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.0, 6.0), (-0.1, 0.0), (-1e-3, 1e5)])
def test_the_range_is_held_and_zero_is_exact(dtype, symmetric, low, high):
    params = activation_params(low, high, Scheme(dtype=dtype, symmetric=symmetric))
    ends = dequantized(quantized(np.array([low, 0.0, high], np.float32), params), params)
    assert ends[1] == 0.0
    assert np.all(np.abs(ends - [low, 0.0, high]) <= params.scale * 0.5001)
    least, largest = limits(dtype)
    assert least <= int(params.zero_point) <= largest
    if symmetric:
        assert int(params.zero_point) == (0 if not dtype.startswith("u") else 2 ** (8 if "8" in dtype else 16) // 2)


@pytest.mark.parametrize("scheme", [Scheme(), Scheme(dtype="uint8", symmetric=False)])
def test_a_tensor_of_zeros(scheme):
    params = activation_params(0.0, 0.0, scheme)
    assert params.scale == 1.0
    assert dequantized(quantized(np.zeros(2, np.float32), params), params).tolist() == [0.0, 0.0]


def test_a_dead_channel_gets_a_scale_like_the_others():
    array = RANDOM.standard_normal((4, 6)).astype(np.float32)
    array[2] = 0
    params = weight(array, Scheme(per_channel=True), axis=0)
    others = np.delete(params.scale, 2)
    assert others.min() <= params.scale[2] <= others.max()
    assert np.array_equal(weight(np.zeros((2, 2), np.float32), Scheme(per_channel=True), 0).scale, [1, 1])


@pytest.mark.parametrize("dtype", ["int4", "uint4", "int8", "uint8"])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("block", [0, 8])
def test_weights_come_back_to_half_a_step(dtype, symmetric, block):
    array = (RANDOM.standard_normal((20, 6)) + 0.5).astype(np.float32)
    scheme = Scheme(dtype=dtype, symmetric=symmetric, per_channel=not block, block=block)
    params = weight(array, scheme, axis=0)
    error = np.abs(dequantized(quantized(array, params), params) - array)
    scale = np.repeat(params.scale, block, axis=0)[:20] if block else params.scale[:, None]
    assert np.all(error <= scale * 0.51)


def test_biases_have_the_product_of_the_scales_and_tiny_weights_make_room_for_them(tmp_path, network, tools):
    n = network()
    n.constant("w", np.array([1.0, 1e-9], np.float32).reshape(2, 1, 1, 1))
    n.constant("b", np.array([0.5, 40.0], np.float32))
    n.add("Conv", ["x", "w", "b"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [1, 1, 4, 4]}, {"y": [1, 2, 4, 4]}))
    prepare(model)
    placement = place(model, QuantizeSettings())
    found = compute_params(model, placement, calibrate(model, placement, tools.images(2, (1, 1, 4, 4))))
    assert np.allclose(found["b"].scale, found["x"].scale * found["w"].scale, rtol=1e-6)
    bias = np.array([0.5, 40.0], np.float32)
    assert np.allclose(dequantized(quantized(bias, found["b"]), found["b"]), bias, rtol=1e-4)
    assert found["w"].scale[0] == np.float32(1 / 127)


def test_tensors_of_a_group_have_the_same_numbers(residual, tools):
    model = tools.load(residual)
    prepare(model)
    placement = place(model, QuantizeSettings(target="tflite"))
    found = compute_params(model, placement, calibrate(model, placement, tools.images(2)))
    assert found["p3"] is found["k4"] is found["r4"]
    assert list(found) == [tensor.name for tensor in placement.tensors]
