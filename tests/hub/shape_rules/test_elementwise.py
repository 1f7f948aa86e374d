import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.hub.shapes import Shapes


@pytest.mark.parametrize(("opset", "dtype"), [(9, ir.DataType.FLOAT), (10, ir.DataType.BOOL), (17, ir.DataType.BOOL)])
def test_the_mask_of_a_dropout(opset, dtype):
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g (float[2] x) => (float[2] y) {{ y, m = Dropout (x) }}'
    model = ir.from_proto(onnx.parser.parse_model(text))
    assert Shapes(opset).dtype(model.graph.node(0).outputs[1]) is dtype
