import onnx
import onnx_ir as ir

from modelwright.hub.model_types import complete_types


def test_large_constants_do_not_hinder():
    numbers = ", ".join(["1"] * 2048)
    text = f"""
    <ir_version: 8, opset_import: ["" : 17]> g (int64[2048] x) => (int64[2048] y)
    {{ c = Constant <value = int64[2048] {{{numbers}}}> () s = Shape (x) a = Add (x, c) y = Reshape (a, s) }}
    """
    model = ir.from_proto(onnx.parser.parse_model(text))
    complete_types(model)
    assert [node.op_type for node in model.graph] == ["Constant", "Shape", "Add", "Reshape"]
    assert [node.outputs[0].dtype for node in model.graph] == [ir.DataType.INT64] * 4
    assert model.graph[2].outputs[0].shape == [2048]
