import numpy as np
import pytest

from modelwright.quantize.accuracy.weighted import layers_of, weighted


@pytest.mark.parametrize(
    ("node", "shape", "channels"),
    [
        ("y = Conv<group = 2>(x, w, b)", (6, 2, 3, 3), (4, 6)),
        ("y = ConvTranspose<group = 2>(x, w, b)", (4, 3, 3, 3), (4, 6)),
    ],
)
def test_convolutions(text_model, random, node, shape, channels):
    model = text_model(
        node, {"w": random(*shape), "b": random(channels[1])}, x="float[1,4,8,8] x", y="float[1,6,h,v] y"
    )
    layer = layers_of(model)[0]
    assert (layer.in_channels, layer.out_channels) == channels
    assert layer.array().shape == (2, 3, 2, 9)
    np.testing.assert_array_equal(layer.shaped(layer.array()), layer.weight.const_value.numpy())
    assert layer.bias.name == "b"


@pytest.mark.parametrize(
    ("node", "shape"),
    [("y = Gemm(x, w)", (4, 6)), ("y = Gemm<transB = 1>(x, w)", (6, 4)), ("y = MatMul(x, w)", (4, 6))],
)
def test_products_have_outputs_first(text_model, random, node, shape):
    weight = random(*shape)
    layer = layers_of(text_model(node, {"w": weight}, x="float[3,4] x", y="float[3,6] y"))[0]
    rows = weight if "transB" in node else weight.T
    np.testing.assert_array_equal(layer.array()[0, :, :, 0], rows)
    np.testing.assert_array_equal(layer.shaped(layer.array()), weight)


@pytest.mark.parametrize(
    "body",
    ["y = Gemm<alpha = 2.0>(x, w)", "y = Gemm<transA = 1>(x, w)", "h = MatMul(x, w) y = MatMul(h, w)", "y = Relu(x)"],
)
def test_what_is_no_plain_layer_of_its_own(text_model, random, body):
    model = text_model(body, {"w": random(4, 4)}, x="float[4,4] x", y="float[4,4] y")
    assert [weighted(node) for node in model.graph] == [None] * len(list(model.graph))
