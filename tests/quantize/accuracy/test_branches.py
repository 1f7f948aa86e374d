import numpy as np
import pytest

from modelwright.quantize.accuracy.branches import all_branches
from modelwright.quantize.accuracy.equalize import equalized_sources
from modelwright.quantize.accuracy.scaling import apply, restore
from modelwright.quantize.accuracy.smooth import smoothed_sources


def scaled(model, outputs, feed, seed=3):
    """Scales every branch by random factors; returns names of the sources and outputs before and after."""
    generator = np.random.default_rng(seed)
    before = outputs(model, feed)
    found = list(all_branches(model, [*smoothed_sources(model), *equalized_sources(model)]))
    kept = []
    for branches in found:
        scale = np.exp(generator.normal(size=branches.source.channels))
        kept.append(apply([*branches.edits, *(reading.edit() for reading in branches.readings)], scale))
    after = outputs(model, feed)
    for item in reversed(kept):
        restore(item)
    for a, b in zip(before, outputs(model, feed), strict=True):
        np.testing.assert_array_equal(a, b)
    return [branches.source.node.name for branches in found], before, after


def check(model, outputs, feed, sources):
    names, before, after = scaled(model, outputs, feed)
    assert names == sources
    for a, b in zip(before, after, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(a).max())


CONVS = {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (6, 8, 1, 1), "b2": (6,)}


@pytest.mark.parametrize(
    "between",
    [
        "r = Relu(c)",
        "r = LeakyRelu<alpha = 0.2>(c)",
        "r = PRelu(c, slope)",
        "r = Clip(c, zero)",
        "r = MaxPool<kernel_shape = [2, 2]>(c)",
        "r = AveragePool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(c)",
        "r = Pad(c, pads)",
        "a = Neg(c) r = Abs(a)",
        "g = Sigmoid(x1) r = Mul(c, g)",
        "m = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(c) r = Add(c, m)",
        "q = Conv<group = 8>(c, wd, bd) r = Relu(q)",
        "r = Add(c, shift)",
        "p, q = Split<axis = 1>(c) r = Concat<axis = 1>(q, p)",
        "h = ReduceMean<axes = [2, 3]>(c) s = Relu(h) k = Mul(c, hot) r = Add(k, k)",
    ],
)
def test_exact_between_convolutions(text_model, outputs, random, between):
    weights = {name: random(*shape) for name, shape in CONVS.items()}
    weights |= {"slope": np.abs(random(8, 1, 1)), "zero": np.float32(0), "wd": random(8, 1, 3, 3), "bd": random(8)}
    weights |= {"pads": np.array([0, 0, 1, 2, 0, 0, 0, 1]), "shift": random(1, 8, 1, 1), "hot": random(1)}
    used = {name: array for name, array in weights.items() if name in CONVS or f" {name})" in between}
    used |= {name: weights[name] for name in ("wd",) if "wd" in between}
    body = f"c = Conv(x, w1, b1) x1 = ReduceMean(x) {between} y = Conv(r, w2, b2)"
    model = text_model(body, used, x="float[2,3,9,9] x", y="float[2,6,h,v] y")
    sources = ["n0"] + ([f"n{3 - 1}"] if "wd" in between else [])
    check(model, outputs, {"x": random(2, 3, 9, 9)}, sources)


@pytest.mark.parametrize(
    "between",
    [
        "r = Sigmoid(c)",
        "r = Clip(c, zero, six)",
        "r = Add(c, other)",
        "s = Sigmoid(c) r = Mul(c, s)",
        "r = Mul(c, c)",
        "r = Pad(c, pads, six)",
        "r = Div(other, c)",
        "r = Softmax<axis = 1>(c)",
    ],
)
def test_refused_where_not_exact(text_model, outputs, random, between):
    weights = {name: random(*shape) for name, shape in CONVS.items()}
    extra = {"zero": np.float32(0), "six": np.float32(6), "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])}
    weights |= {name: array for name, array in extra.items() if name in between}
    body = f"c = Conv<pads = [1, 1, 1, 1]>(x, w1, b1) {between} y = Conv(r, w2, b2)"
    declared = "float[1,3,5,5] x, float[1,8,5,5] other"
    model = text_model(body, weights, x=declared, y="float[1,6,h,v] y")
    assert list(all_branches(model, equalized_sources(model))) == []


@pytest.mark.parametrize("output", ["float[1,8,5,5] r, float[1,6,5,5] y", "float[1,6,5,5] y, float[1,8,5,5] r"])
def test_outputs_are_not_scaled(text_model, random, output):
    weights = {name: random(*shape) for name, shape in CONVS.items()}
    body = "c = Conv<pads = [1, 1, 1, 1]>(x, w1, b1) r = Relu(c) y = Conv(r, w2, b2)"
    model = text_model(body, weights, x="float[1,3,5,5] x", y=output)
    assert list(all_branches(model, equalized_sources(model))) == []


def test_flattened_channels_repeat(text_model, outputs, random):
    weights = {
        "w1": random(8, 3, 3, 3),
        "b1": random(8),
        "w2": random(72, 5),
        "b2": random(5),
        "shape": np.array([0, -1]),
    }
    body = "c = Conv(x, w1, b1) r = Relu(c) f = Reshape(r, shape) y = Gemm(f, w2, b2)"
    model = text_model(body, weights, x="float[2,3,5,5] x", y="float[2,5] y")
    check(model, outputs, {"x": random(2, 3, 5, 5)}, ["n0"])


def test_pooled_and_squeezed_into_a_product(text_model, outputs, random):
    weights = {"w1": random(8, 4, 3, 3), "w2": random(8, 5), "axes": np.array([2, 3])}
    body = "c = Conv<group = 2>(x, w1) g = GlobalAveragePool(c) s = Squeeze(g, axes) y = MatMul(s, w2)"
    weights["w1"] = random(8, 2, 3, 3)
    model = text_model(body, weights, x="float[2,4,5,5] x", y="float[2,5] y")
    check(model, outputs, {"x": random(2, 4, 5, 5)}, ["n0"])


def test_grouped_and_transposed_convolutions(text_model, outputs, random):
    weights = {"w1": random(4, 4, 3, 3), "b1": random(8), "w2": random(8, 3, 2, 2), "w3": random(4, 3, 1, 1)}
    body = (
        "c = ConvTranspose<group = 2>(x, w1, b1) r = Relu(c) d = ConvTranspose<group = 2>(r, w2) "
        "s = LeakyRelu(d) y = Conv<group = 2>(s, w3)"
    )
    model = text_model(body, weights, x="float[1,4,4,4] x", y="float[1,4,h,v] y")
    check(model, outputs, {"x": random(1, 4, 4, 4)}, ["n0", "n2"])


def test_concatenation_with_channels_that_stay(text_model, outputs, random):
    weights = {"w1": random(8, 3, 3, 3), "b1": random(8), "w2": random(6, 19, 1, 1)}
    body = (
        "c = Conv<pads = [1, 1, 1, 1]>(x, w1, b1) r = Relu(c) "
        "m = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(r) k = Concat<axis = 1>(r, x, m) y = Conv(k, w2)"
    )
    model = text_model(body, weights, x="float[1,3,5,5] x", y="float[1,6,5,5] y")
    check(model, outputs, {"x": random(1, 3, 5, 5)}, ["n0"])


def test_normalization_before_several_products(text_model, outputs, random):
    weights = {"g": random(16), "b": random(16), "q": random(16, 8), "k": random(8, 16), "v": random(16, 8)}
    weights |= {"kb": random(8)}
    body = (
        "l = LayerNormalization<axis = -1>(x, g, b) q1 = MatMul(l, q) two = Reshape(l, shape) "
        "k1 = Gemm<transB = 1>(two, k, kb) v1 = MatMul(l, v)"
    )
    weights["shape"] = np.array([-1, 16])
    declared = "float[2,5,8] q1, float[10,8] k1, float[2,5,8] v1"
    model = text_model(body, weights, x="float[2,5,16] x", y=declared)
    check(model, outputs, {"x": random(2, 5, 16, scale=np.exp(random(16)))}, ["n0"])


def test_spelled_out_normalization(text_model, outputs, random):
    weights = {"g": random(16), "b": random(16), "w": random(16, 8)}
    body = "m = ReduceMean<axes = [-1]>(x) d = Sub(x, m) s = Mul(d, g) t = Add(s, b) y = MatMul(t, w)"
    model = text_model(body, weights, x="float[2,5,16] x", y="float[2,5,8] y")
    check(model, outputs, {"x": random(2, 5, 16)}, ["n2"])


def test_normalization_that_is_also_added_stays(text_model, random):
    weights = {"g": random(16), "b": random(16), "w": random(16, 16)}
    body = "l = LayerNormalization(x, g, b) p = MatMul(l, w) y = Add(l, p)"
    model = text_model(body, weights, x="float[2,5,16] x", y="float[2,5,16] y")
    assert list(all_branches(model, smoothed_sources(model))) == []
