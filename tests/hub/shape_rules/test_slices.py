import onnx
import onnx_ir as ir
import pytest

from modelwright.hub.shapes import Shapes


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("Slice (x, one, three)", (2, 7, "N")),
        ("Slice (x, one, three, minus)", (5, 7, None)),
        ("Slice (x, three, one, one, minus)", (5, 2, "N")),
        ("Slice (x, zero, n, one)", (5, "min(7,N)", "N")),
        ("Slice (x, one, n, one)", (5, None, "N")),
        ("Slice (x, n, three, one)", (5, None, "N")),
        ("Slice (x, zero, n, n)", (None, None, None)),
        ("Slice (x, zero, n, one, three)", (5, None, "N")),
    ],
)
def test_bounds(bounds, expected):
    text = f"""
    <ir_version: 8, opset_import: ["" : 17]> g (float[5,7,N] x) => (float[A,B,C] y)
    <int64[1] zero = {{0}}, int64[1] one = {{1}}, int64[1] three = {{3}}, int64[1] minus = {{-1}}, int64[1] two = {{2}}>
    {{ s = Shape (x) n = Gather (s, two) z = {bounds} y = Relu (z) }}
    """
    model = ir.from_proto(onnx.parser.parse_model(text))
    assert Shapes(17).shape(model.graph[2].outputs[0]) == expected
