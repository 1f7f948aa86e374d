import numpy as np

from modelwright.quantize.accuracy.correct_biases import correct_biases
from modelwright.quantize.accuracy.correctable import correctable_layers
from modelwright.quantize.accuracy.quality import Reference
from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params
from modelwright.quantize.insert_qdq import insert
from modelwright.quantize.params import Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings, Scheme

COARSE = QuantizeSettings(weights=Scheme(dtype="int8", per_channel=False))


def quantized(model, settings=COARSE, feeds=()):
    placement = place(model, settings)
    params = compute_params(model, placement, calibrate(model, placement, feeds))
    twin = model.clone()
    insert(twin, placement, params)
    return twin, [node for tensor in placement.of_role(Role.WEIGHT) for node, _ in tensor.readers], placement, params


def network(text_model, random):
    """Weights with one scale although channels differ: their roundings shift the means of what follows a ReLU."""
    uneven = np.exp(1.5 * random(24))
    weights = {"w1": random(24, 3, 3, 3) * uneven[:, None, None, None], "b1": random(24)}
    weights |= {"w2": random(24, 24, 1, 1) / uneven[None, :, None, None], "b2": random(24)}
    weights |= {"w3": random(24, 10) * 0.3, "b3": random(10)}
    body = (
        "c = Conv(x, w1, b1) r = Relu(c) d = Conv(r, w2, b2) s = Relu(d) g = GlobalAveragePool(s) "
        "f = Flatten(g) m = MatMul(f, w3) y = Add(m, b3)"
    )
    model = text_model(body, weights, x="float[N,3,10,10] x", y="float[N,10] y")
    prepare(model)
    return model


def test_layer_after_layer_helps_on_other_data(text_model, random):
    model = network(text_model, random)
    feeds = tuple({"x": random(8, 3, 10, 10)} for _ in range(8))
    learn, check = feeds[:4], feeds[4:]
    exact = model.clone()
    twin, layers, placement, params = quantized(model, feeds=feeds)
    reference = Reference(exact, check)
    before = reference.quality(twin).snr
    corrected = correct_biases(model, exact, twin, learn, quantized_layers=layers, memory_budget=1 << 26)
    assert corrected.layers
    better = model.clone()
    insert(better, placement, params)
    assert reference.quality(better).snr > before + 1
    corrected.undo()
    for name, value in exact.graph.initializers.items():
        np.testing.assert_array_equal(value.const_value.numpy(), model.graph.initializers[name].const_value.numpy())


def test_means_of_the_outputs_agree(text_model, outputs, random):
    model = network(text_model, random)
    feeds = [{"x": random(64, 3, 10, 10)}]
    exact = model.clone()
    twin, layers, placement, params = quantized(model, feeds=tuple(feeds))
    correct_biases(model, exact, twin, feeds, quantized_layers=layers, memory_budget=1 << 28)
    insert(model, placement, params)
    mean, was, now = (outputs(item, feeds[0])[0].mean(axis=0) for item in (exact, twin, model))
    assert np.abs(now - mean).max() < 0.3 * np.abs(was - mean).max()


def test_only_layers_in_integers_change(text_model, random):
    model = network(text_model, random)
    feeds = [{"x": random(8, 3, 10, 10)}]
    twin, layers, _, _ = quantized(model, feeds=tuple(feeds))
    corrected = correct_biases(model, model.clone(), twin, feeds, quantized_layers=layers[:1], memory_budget=1 << 26)
    assert {name for name, _ in corrected.layers} <= set(layers[:1])


def test_where_biases_are(text_model, random):
    weights = {"w": random(4, 4), "b": random(4), "v": random(4, 4), "u": random(4, 4), "k": random(4, 4)}
    body = (
        "p = MatMul(x, w) q = Add(b, p) r = Gemm(q, v) s = MatMul(r, u) t = Add(s, r) o = MatMul(t, k) y = Add(o, big)"
    )
    weights["big"] = random(3, 4)
    model = text_model(body, weights, x="float[3,4] x", y="float[3,4] y")
    assert [(item.layer.node.name, item.node.name, item.bias.name) for item in correctable_layers(model)] == [
        ("n0", "n1", "b")
    ]
