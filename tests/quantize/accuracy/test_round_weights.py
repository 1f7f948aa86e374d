import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.grid import grid_of
from modelwright.quantize.accuracy.quality import Reference
from modelwright.quantize.accuracy.round_weights import round_weights
from modelwright.quantize.accuracy.weighted import layers_of
from modelwright.quantize.params import TensorParams


def params_of(model, bits):
    found = {}
    for layer in layers_of(model):
        array = layer.weight.const_value.numpy()
        axis = int(layer.transposed)
        largest = np.abs(array).max(axis=tuple(place for place in range(array.ndim) if place != axis))
        scale = (largest / (2 ** (bits - 1) - 1)).astype(np.float32)
        zero = np.zeros(scale.shape, np.int8)
        found[layer.weight.name] = TensorParams(scale=scale, zero_point=zero, dtype=f"int{bits}", axis=axis)
    return found


def nearest(model, params):
    twin = model.clone()
    for layer in layers_of(twin):
        array = layer.weight.const_value.numpy()
        layer.weight.const_value = _tensor(grid_of(params[layer.weight.name], array.ndim).rounded(array))
    return twin


def _tensor(array):
    return ir.Tensor(np.asarray(array, np.float32))


def network(text_model, random):
    weights = {"w1": random(16, 3, 3, 3), "b1": random(16), "wd": random(16, 1, 3, 3), "bd": random(16)}
    weights |= {"w2": random(8, 16, 1, 1), "b2": random(8), "w3": random(8 * 16, 6)}
    body = (
        "c = Conv<pads = [1, 1, 1, 1]>(x, w1, b1) r = Relu(c) d = Conv<group = 16, strides = [2, 2]>(r, wd, bd) "
        "s = Relu(d) e = Conv(s, w2, b2) t = Relu(e) f = Flatten(t) y = MatMul(f, w3)"
    )
    return text_model(body, weights, x="float[N,3,10,10] x", y="float[N,6] y")


def smooth_images(random, count):
    """Neighbours alike, as in pictures, so that errors can cancel."""
    coarse = random(count, 3, 5, 5)
    return coarse.repeat(2, axis=2).repeat(2, axis=3) + 0.3 * random(count, 3, 10, 10)


def test_rounding_beats_nearest_on_other_data(text_model, random):
    model = network(text_model, random)
    feeds = [{"x": smooth_images(random, 16)} for _ in range(12)]
    params = params_of(model, 4)
    exact, plain = model.clone(), nearest(model, params)
    reference = Reference(exact, feeds[8:])
    rounded = round_weights(model, params, feeds[:8], level=2, memory_budget=1 << 26)
    assert [name for name, _ in rounded.layers] == ["n0", "n2", "n4", "n7"]
    assert all(left < 1 for _, left in rounded.layers)
    for layer in layers_of(model):
        array = layer.weight.const_value.numpy()
        grid = grid_of(params[layer.weight.name], array.ndim)
        units = grid.units(array)
        np.testing.assert_allclose(units, np.rint(units), atol=1e-4)
        source = exact.graph.initializers[layer.weight.name].const_value.numpy()
        assert np.all(np.abs(units - grid.units(source)) < 1 + 1e-4)
    assert reference.quality(model).snr > reference.quality(plain).snr + 1
    rounded.undo()
    assert reference.quality(model).snr == 200


def test_more_effort_is_no_worse_and_the_same_twice(text_model, random):
    feeds = [{"x": smooth_images(random, 16)} for _ in range(4)]
    base = network(text_model, random)
    params = params_of(base, 4)
    models = [base.clone() for _ in range(2)]
    found = [round_weights(model, params, feeds, level=3, memory_budget=1 << 26) for model in models]
    assert found[0].layers == found[1].layers
    for a, b in zip(layers_of(models[0]), layers_of(models[1]), strict=True):
        np.testing.assert_array_equal(a.weight.const_value.numpy(), b.weight.const_value.numpy())


def test_what_cannot_be_rounded_is_said(text_model, random):
    model = network(text_model, random)
    params = params_of(model, 8)
    one = round_weights(model, params, [{"x": random(2, 3, 10, 10)}], level=2, memory_budget=1 << 26)
    assert not one.layers
    assert "one batch" in one.skipped[0][1]
    small = round_weights(model, params, [{"x": random(2, 3, 10, 10)}] * 4, level=2, memory_budget=200_000)
    assert ("n7", "the moments of 128 inputs take more memory than allowed") in small.skipped
