import numpy as np

from modelwright.quantize.accuracy.balancing import balance_channels
from modelwright.quantize.accuracy.quality import Reference
from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params
from modelwright.quantize.insert_qdq import insert
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import Method, QuantizeSettings


def decibels(model, exact, feeds):
    settings = QuantizeSettings(method=Method.MINMAX)
    placement = place(model, settings)
    params = compute_params(model, placement, calibrate(model, placement, feeds))
    twin = model.clone()
    insert(twin, placement, params)
    return Reference(exact, feeds).quality(twin).snr


def outliers(random, channels):
    scale = np.ones(channels, np.float32)
    scale[[1, 5]] = 60
    return scale


def test_outliers_of_a_normalization_are_smoothed(text_model, outputs, random):
    weights = {"g": 1 + 0.1 * random(32) * 0 + outliers(random, 32), "b": 0.1 * random(32)}
    weights |= {"w": random(32, 24), "c": random(24), "v": random(24, 8)}
    body = "l = LayerNormalization(x, g, b) h = MatMul(l, w) a = Add(h, c) r = Relu(a) y = MatMul(r, v)"
    model = text_model(body, weights, x="float[1,16,32] x", y="float[1,16,8] y")
    feeds = tuple({"x": random(1, 16, 32)} for _ in range(4))
    prepare(model)
    exact = model.clone()
    before, floats = decibels(model, exact, feeds), outputs(model, feeds[0])[0]
    balanced = balance_channels(model, feeds, per_channel=True)
    assert [name for name, left in balanced.changes if left < 0.7]
    np.testing.assert_allclose(outputs(model, feeds[0])[0], floats, rtol=1e-4, atol=1e-5 * np.abs(floats).max())
    assert decibels(model, exact, feeds) > before + 6
    balanced.undo()
    np.testing.assert_array_equal(outputs(model, feeds[0])[0], floats)


def test_uneven_channels_before_a_depthwise_convolution(text_model, outputs, random):
    weights = {"w1": random(16, 3, 1, 1) * outliers(random, 16)[:, None, None, None], "b1": random(16)}
    weights |= {"wd": random(16, 1, 3, 3) / outliers(random, 16)[:, None, None, None], "bd": random(16)}
    weights |= {"w2": random(8, 16, 1, 1), "b2": random(8)}
    body = "c = Conv(x, w1, b1) r = Relu(c) d = Conv<group = 16>(r, wd, bd) s = Relu(d) y = Conv(s, w2, b2)"
    model = text_model(body, weights, x="float[1,3,12,12] x", y="float[1,8,10,10] y")
    feeds = tuple({"x": random(1, 3, 12, 12)} for _ in range(4))
    prepare(model)
    exact = model.clone()
    before = decibels(model, exact, feeds)
    assert balance_channels(model, feeds, per_channel=True).changes
    assert decibels(model, exact, feeds) > before + 3


def test_even_channels_stay(text_model, random):
    weights = {"w1": random(16, 3, 3, 3), "b1": random(16), "w2": random(8, 16, 1, 1)}
    body = "c = Conv(x, w1, b1) r = Relu(c) y = Conv(r, w2)"
    model = text_model(body, weights, x="float[1,3,12,12] x", y="float[1,8,10,10] y")
    feeds = [{"x": random(1, 3, 12, 12)}]
    assert balance_channels(model, feeds, per_channel=True).changes == ()
    assert balance_channels(model, feeds, per_channel=False, only=frozenset({"x"})).changes == ()


def test_weights_with_one_scale_are_equalized(text_model, random):
    weights = {"w1": random(16, 3, 1, 1) * outliers(random, 16)[:, None, None, None], "w2": random(8, 16, 1, 1)}
    weights["w2"] /= outliers(random, 16)[None, :, None, None]
    model = text_model(
        "c = Conv(x, w1) r = Relu(c) y = Conv(r, w2)", weights, x="float[1,3,8,8] x", y="float[1,8,8,8] y"
    )
    assert balance_channels(model, [{"x": random(1, 3, 8, 8)}], per_channel=False).changes
    rows = np.abs(model.graph.initializers["w1"].const_value.numpy()).max(axis=(1, 2, 3))
    assert rows.max() / rows.min() < 20
