import numpy as np
import pytest

from modelwright.quantize.accuracy.moments import moments
from modelwright.quantize.accuracy.weighted import layers_of

CASES = [
    ("y = Conv<pads = [1, 2, 0, 1], strides = [2, 1]>(x, w)", (6, 4, 3, 3), (2, 4, 9, 8)),
    ("y = Conv<group = 2, dilations = [2, 2]>(x, w)", (6, 2, 3, 2), (2, 4, 9, 8)),
    ("y = Conv<group = 4>(x, w)", (8, 1, 3, 3), (2, 4, 6, 5)),
    ("y = Conv(x, w)", (5, 4, 3), (3, 4, 9)),
    ("y = MatMul(x, w)", (4, 6), (2, 7, 4)),
    ("y = Gemm<transB = 1>(x, w)", (6, 4), (7, 4)),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_moments_predict_what_errors_of_weights_do(text_model, outputs, random, case):
    """The error of the outputs for an error of the weights, computed by ONNX Runtime, is ``e H e'``."""
    node, shape, data = case
    rank = ",".join("abcd"[: len(data)])
    error = random(*shape)
    model = text_model(node, {"w": error}, x=f"float[{rank}] x", y="float y")
    x = random(*data)
    result = outputs(model, {"x": x})[0]
    channel = 1 if "Conv" in node else result.ndim - 1
    expected = np.square(result).mean(axis=tuple(place for place in range(result.ndim) if place != channel))
    layer = layers_of(model)[0]
    found = moments(layer, [x], limit=10**6, seed=0, centered=False)
    rows = layer.array().reshape(layer.group, -1, found.covariance.shape[1])
    predicted = np.einsum("goi,gij,goj->go", rows, found.covariance, rows).reshape(-1)
    np.testing.assert_allclose(predicted, expected, rtol=1e-4)
    centered = moments(layer, [x], limit=10**6, seed=0, centered=True)
    predicted = np.einsum("goi,gij,goj->go", rows, centered.covariance, rows).reshape(-1)
    variance = result.var(axis=tuple(place for place in range(result.ndim) if place != channel))
    np.testing.assert_allclose(predicted, variance, rtol=1e-3, atol=1e-4 * variance.max())


def test_samples_are_the_same_each_time(text_model, random):
    model = text_model("y = Conv(x, w)", {"w": random(2, 3, 3, 3)}, x="float[1,3,40,40] x", y="float y")
    layer, x = layers_of(model)[0], [random(1, 3, 40, 40)]
    a, b = (moments(layer, x, limit=100, seed=0, centered=True) for _ in range(2))
    np.testing.assert_array_equal(a.covariance, b.covariance)
    assert a.rows == 100


@pytest.mark.parametrize("node", ["y = ConvTranspose(x, w)", 'y = Conv<auto_pad = "SAME_UPPER">(x, w)'])
def test_layers_that_are_not_laid_out(text_model, random, node):
    model = text_model(node, {"w": random(3, 3, 3, 3)}, x="float[1,3,8,8] x", y="float y")
    assert moments(layers_of(model)[0], [random(1, 3, 8, 8)], limit=10, seed=0, centered=True) is None
