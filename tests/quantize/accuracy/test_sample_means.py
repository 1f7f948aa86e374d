import numpy as np

from modelwright.quantize.accuracy.sample_means import add_means, sample_means
from modelwright.quantize.session import ModelRuns

BODY = "c = Conv(x, w) r = Relu(c) g = GlobalAveragePool(r) f = Flatten(g) y = MatMul(f, v)"


def network(text_model, random):
    weights = {"w": random(4, 3, 3, 3), "v": random(4, 5)}
    return text_model(BODY, weights, x="float[N,3,8,8] x", y="float[N,5] y")


def test_means_of_each_sample_are_those_of_numpy(text_model, random):
    model = network(text_model, random)
    feeds = [{"x": random(count, 3, 8, 8)} for count in (1, 3, 2)]
    found = sample_means(model, {"c": -3, "y": -1}, feeds)
    with ModelRuns(model) as runs:
        whole = [outputs for outputs, _ in runs.runner(["c", "y"]).stream(feeds)]
    for mean, y, expected in zip(found["c"], found["y"], whole, strict=True):
        np.testing.assert_allclose(mean, expected["c"].mean(axis=(2, 3)), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(y, expected["y"], rtol=1e-5, atol=1e-6)
    assert [value.name for node in model.graph for value in node.outputs] == ["c", "r", "g", "f", "y"]


def test_a_model_with_means_computes_the_same(text_model, outputs, random):
    model = network(text_model, random)
    feed = {"x": random(2, 3, 8, 8)}
    expected = outputs(model, feed)[0]
    means = add_means(model, {"c": -3, "y": -1})
    assert means["y"].name == "y", "nothing is to be reduced"
    assert [node.name for node in model.graph][:2] == ["n0", means["c"].node], "right behind what it looks at"
    np.testing.assert_array_equal(outputs(model, feed)[0], expected)


def test_nothing_to_look_at(text_model, random):
    assert sample_means(network(text_model, random), {}, []) == {}
