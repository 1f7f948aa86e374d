import numpy as np
import pytest

from modelwright.quantize.accuracy.clip import clip_weights
from modelwright.quantize.accuracy.grid import grid_of
from modelwright.quantize.params import TensorParams
from modelwright.quantize.weights import dequantized, quantized


def params_of(weight, dtype, axis):
    others = tuple(place for place in range(weight.ndim) if place != axis)
    largest = np.abs(weight).max(axis=others) if axis is not None else np.abs(weight).max()
    steps = {"int4": 7, "int8": 127, "uint8": 127}[dtype]
    zero = np.full(np.shape(largest), 128 if dtype == "uint8" else 0, np.uint8 if dtype == "uint8" else np.int8)
    return TensorParams(scale=np.asarray(largest / steps, np.float32), zero_point=zero, dtype=dtype, axis=axis)


def error(weight, params):
    return np.square(dequantized(quantized(weight, params), params) - weight).sum()


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_the_grid_is_onnx_own(random, dtype, axis):
    weight = random(6, 5, 3)
    params = params_of(weight, dtype, axis)
    found = grid_of(params, 3).rounded(weight)
    np.testing.assert_allclose(found, dequantized(quantized(weight, params), params), atol=1e-6)


def test_blocks_have_no_single_grid(random):
    params = TensorParams(
        scale=np.ones((2, 3), np.float32), zero_point=np.zeros((2, 3), np.int8), dtype="int4", axis=0, block=4
    )
    assert grid_of(params, 2) is None
    weight = random(8, 3)
    assert clip_weights(weight, params) is params


@pytest.mark.parametrize("axis", [0, 1, None])
def test_few_bits_gain_from_clipping(axis):
    weight = np.random.default_rng(0).standard_t(4, size=(24, 40, 3)).astype(np.float32)
    params = params_of(weight, "int4", axis)
    clipped = clip_weights(weight, params)
    assert error(weight, clipped) < 0.8 * error(weight, params)
    assert np.all(clipped.scale <= params.scale)


def test_never_worse_by_channel(random):
    weight = random(16, 27)
    params = params_of(weight, "int8", 0)
    clipped = clip_weights(weight, params)
    before, after = (np.square(dequantized(quantized(weight, p), p) - weight).sum(axis=1) for p in (params, clipped))
    assert np.all(after <= before * (1 + 1e-6))
