import numpy as np
import onnx_ir as ir
import pytest

from modelwright.quantize.responses import gelu, response_of, sigmoid

POINTS = np.linspace(-9, 9, 37)


def graph(text):
    return ir.from_onnx_text(
        f'<ir_version: 8, opset_import: ["": 20]> g (float[4] x, float[4] w) => (float[4] y) {{ {text} }}'
    ).graph


def response(text):
    return response_of(graph(text).inputs[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s = Sigmoid(x) n = Neg(w) y = Mul(s, n)", sigmoid(POINTS)),
        ("t = Tanh(x) y = Mul(t, w)", np.tanh(POINTS)),
        ("s = HardSigmoid<alpha=0.25, beta=0.4>(x) y = Mul(s, w)", np.clip(0.25 * POINTS + 0.4, 0, 1)),
        ("s = HardSigmoid(x) y = Mul(w, s)", np.clip(0.2 * POINTS + 0.5, 0, 1)),
        ("y = HardSwish(x)", POINTS * np.clip(POINTS / 6 + 0.5, 0, 1)),
        ("s = Sigmoid(x) y = Mul(x, s)", POINTS * sigmoid(POINTS)),
        ("s = Sigmoid(x) y = Mul(s, x)", POINTS * sigmoid(POINTS)),
        ("s = HardSigmoid<alpha=0.2>(x) y = Mul(s, x)", POINTS * np.clip(0.2 * POINTS + 0.5, 0, 1)),
    ],
)
def test_functions_are_found(text, expected):
    np.testing.assert_allclose(response(text)(POINTS), expected, rtol=1e-6, atol=1e-12)


def test_gelu_is_near():
    np.testing.assert_allclose(response("y = Gelu(x)")(POINTS), gelu(POINTS))
    np.testing.assert_allclose(gelu(np.array([-1.0, 1.0])), [-0.158655, 0.841345], atol=3e-4)


@pytest.mark.parametrize(
    "text",
    [
        "y = Relu(x)",
        "y = Sigmoid(x)",
        "s = Sigmoid(x) y = Concat<axis=0>(s, w)",
        "s = Sigmoid(x) z = Neg(s) m = Mul(s, w) y = Add(m, z)",
        "s = Sigmoid(x) y = Add(x, s)",
        "s = Sigmoid(x) m = Mul(x, s) y = Add(m, x)",
        "s = Sigmoid(x) m = Mul(x, s) y = Add(m, s)",
        "s = Sigmoid(x) t = Tanh(x) y = Mul(s, t)",
    ],
)
def test_what_is_read_otherwise_too_has_none(text):
    assert response(text) is None


def test_outputs_have_none():
    found = graph("z = Neg(x) s = Sigmoid(z) y = Mul(s, w)")
    value = found.node(0).outputs[0]
    assert response_of(value) is not None
    found.outputs.append(value)
    assert response_of(value) is None


def test_extremes_do_not_overflow():
    with np.errstate(all="raise"):
        assert sigmoid(np.array([-1e30, 1e30])).tolist() == pytest.approx([0, 1], abs=1e-20)
