import onnx
import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.hub.shapes import Shapes
from modelwright.hub.single_check import standard_fault
from modelwright.hub.single_node import isolate


@pytest.fixture
def fault():
    """What is wrong with the first node of a model given as text."""

    def ask(text, opset='"" : 17'):
        model = ir.serde.deserialize_model(onnx.parser.parse_model(f"<ir_version: 8, opset_import: [{opset}]>\n{text}"))
        shapes = Shapes(17)
        node = next(iter(model.graph))
        return standard_fault(isolate(node, model, dtype_of=shapes.dtype, shape_of=shapes.shape).content)

    return ask


def test_a_good_node(fault):
    assert fault("g (float[N, 3] x) => (float[N, 3] y) { y = Relu(x) }") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("g (float[2] x) => (float[2] y) { y = Relu<alpha=1.0>(x) }", "Unrecognized attribute: alpha"),
        ("g (float[2, 3] x, float[4, 5] w) => (float[a, b] y) { y = MatMul(x, w) }", "Incompatible dimensions"),
        ("g (float[2] x, int64[2] w) => (float[2] y) { y = Add(x, w) }", "type"),
        ("g (float[2] x) => (float[2] y) { y = Add(x) }", "input"),
        ("g (float[2] x) => (float[2] y) { y = Concat(x, x) }", "axis"),
    ],
)
def test_what_the_standard_does_not_allow(fault, text, said):
    found = fault(text)
    assert said in found
    assert "\n" not in found
    assert "ShapeInferenceError" not in found


@pytest.mark.parametrize(
    ("text", "opset"),
    [
        ("g (float[2] x) => (float[2] y) { y = own.Relu<alpha=1.0>(x) }", '"" : 17, "own" : 1'),
        ("g (float[2] x) => (float[2] y) { y = Nope(x) }", '"" : 17'),
        ("g (float[2] x) => (float[2] y) { y = Relu<alpha=1.0>(x) }", '"" : 999'),
    ],
)
def test_what_is_not_judged(fault, text, opset):
    assert fault(text, opset) == ""
