import onnx_ir as ir
import pytest

from modelwright.hub.io import load
from modelwright.hub.shapes import Shapes
from modelwright.passes.precision.places import narrow_places

TEXT = """
<ir_version: 8, opset_import: ["" : 17, "com.example" : 1]>
g (float[1, 3, 4, 4] x, float[1, 5, 4] boxes, float[1, 2, 5] scores, int64[2] n) => (float[1, 3, 8, 8] y)
<float[4] scales = {1, 1, 2, 2}>
{
    [resize] y = Resize (x, , scales)
    [nms] k = NonMaxSuppression (boxes, scores)
    [cast] f = Cast <to = 1> (n)
    [back] i = Cast <to = 7> (x)
    [own] c = ConstantOfShape (n)
    [foreign] q = com.example.Thing (x)
    [sum] s = Sum (x, x, x)
    [shape] t = Shape (x)
}
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resize", ((0,), (0,))),
        ("cast", ((), (0,))),
        ("sum", ((0, 1, 2), (0,))),
        ("shape", ((0,), ())),
        ("nms", "does not take float16"),
        ("back", "makes no float"),
        ("own", "a dtype of its own"),
        ("foreign", "not the standard's"),
    ],
)
def test_what_becomes_narrower(write_onnx, name, expected):
    graph = load(write_onnx(TEXT)).graph
    node = next(node for node in graph if node.name == name)
    found = narrow_places(node, ir.DataType.FLOAT16, 17, Shapes(17).dtype)
    if isinstance(expected, str):
        assert expected in found
    else:
        assert (found.inputs, found.outputs) == expected
