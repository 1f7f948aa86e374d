import numpy as np

from modelwright.quantize.accuracy.channel_ranges import channel_ranges


def test_ranges_are_those_of_the_numbers(text_model, random):
    model = text_model(
        "r = Relu(x) t = Transpose<perm = [0, 2, 1]>(r) y = Neg(t)", {}, x="float[2,5,7] x", y="float[2,7,5] y"
    )
    feeds = [{"x": random(2, 5, 7)} for _ in range(3)]
    found = channel_ranges(model, {"x": 1, "t": 2}, feeds)
    every = np.concatenate([feed["x"] for feed in feeds]).astype(np.float64)
    np.testing.assert_allclose(found["x"].low, every.min(axis=(0, 2)))
    np.testing.assert_allclose(found["x"].high, every.max(axis=(0, 2)))
    np.testing.assert_allclose(found["x"].mean_square, np.square(every).mean(axis=(0, 2)), rtol=1e-6)
    np.testing.assert_allclose(found["x"].filled, 1)
    np.testing.assert_allclose(found["t"].low, 0)
    np.testing.assert_allclose(found["t"].filled, (every > 0).mean(axis=(0, 2)))
    assert len(list(model.graph)) == 3


def test_nothing_to_measure(text_model):
    model = text_model("y = Relu(x)", {}, x="float[2] x", y="float[2] y")
    assert channel_ranges(model, {}, []) == {}
