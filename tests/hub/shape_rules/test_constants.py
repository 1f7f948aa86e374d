import onnx
import onnx_ir as ir
import pytest

from modelwright.hub.shapes import Shapes


@pytest.mark.parametrize(
    ("attribute", "dtype", "shape"),
    [
        ("value = int32[2,3] {1, 2, 3, 4, 5, 6}", ir.DataType.INT32, (2, 3)),
        ("value = float {1.5}", ir.DataType.FLOAT, ()),
        ("value_int = 3", ir.DataType.INT64, ()),
        ("value_ints = [3, 4, 5]", ir.DataType.INT64, (3,)),
        ("value_float = 1.5", ir.DataType.FLOAT, ()),
        ("value_floats = [1.5, 2.5]", ir.DataType.FLOAT, (2,)),
        ('value_string = "a"', ir.DataType.STRING, ()),
        ('value_strings = ["a", "b"]', ir.DataType.STRING, (2,)),
    ],
)
def test_every_form(attribute, dtype, shape):
    text = f'<ir_version: 8, opset_import: ["" : 17]> g () => (float y) {{ c = Constant <{attribute}> () y = Foo (c) }}'
    model = ir.from_proto(onnx.parser.parse_model(text))
    value = model.graph[0].outputs[0]
    shapes = Shapes(17)
    assert (shapes.dtype(value), shapes.shape(value)) == (dtype, shape)
