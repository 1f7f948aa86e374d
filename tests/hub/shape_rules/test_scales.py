import onnx
import onnx_ir as ir
import pytest
from onnx import TensorProto, helper

from modelwright.hub import shapes as hub_shapes
from modelwright.hub.shapes import Shapes, dims_of

CASES = [
    ("QuantizeLinear", 10, TensorProto.FLOAT, TensorProto.FLOAT, None, {}),
    ("QuantizeLinear", 13, TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT8, {"axis": 1}),
    ("QuantizeLinear", 19, TensorProto.FLOAT16, TensorProto.FLOAT16, TensorProto.UINT8, {}),
    ("QuantizeLinear", 21, TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.UINT16, {}),
    ("QuantizeLinear", 21, TensorProto.FLOAT, TensorProto.FLOAT, None, {"output_dtype": TensorProto.INT4}),
    ("DequantizeLinear", 10, TensorProto.UINT8, TensorProto.FLOAT, None, {}),
    ("DequantizeLinear", 13, TensorProto.INT32, TensorProto.FLOAT, TensorProto.INT32, {"axis": 0}),
    ("DequantizeLinear", 19, TensorProto.INT8, TensorProto.FLOAT16, TensorProto.INT8, {}),
    ("DequantizeLinear", 21, TensorProto.INT4, TensorProto.FLOAT, None, {"axis": 0, "block_size": 2}),
    ("DequantizeLinear", 23, TensorProto.INT8, TensorProto.FLOAT, None, {"output_dtype": TensorProto.FLOAT16}),
]


@pytest.mark.parametrize(("op_type", "opset", "x", "scale", "zero", "attributes"), CASES)
def test_as_onnx_infers(monkeypatch, op_type, opset, x, scale, zero, attributes):
    sizes = ["n", 4, "m"] if attributes.get("axis") == 1 else [4, "n"]
    scales = {None: [], 0: [4], 1: [4]}[attributes.get("axis")] if "block_size" not in attributes else [2, "n"]
    inputs = [helper.make_tensor_value_info("x", x, sizes), helper.make_tensor_value_info("s", scale, scales)]
    if zero is not None:
        inputs.append(helper.make_tensor_value_info("z", zero, scales))
    node = helper.make_node(op_type, [item.name for item in inputs], ["y"], **attributes)
    graph = helper.make_graph([node], "g", inputs, [onnx.ValueInfoProto(name="y")])
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    wanted = onnx.shape_inference.infer_shapes(proto, strict_mode=True).graph.output[0].type.tensor_type
    value = ir.from_proto(proto).graph.outputs[0]
    monkeypatch.setattr(hub_shapes, "infer_with_onnx", None)  # the rule must answer
    found = Shapes(opset)
    assert found.dtype(value) == wanted.elem_type
    assert found.shape(value) == tuple(dim.dim_value or dim.dim_param or None for dim in wanted.shape.dim)
    assert dims_of(value.shape) == tuple(sizes)


def test_without_an_input_nothing_is_known():
    value = ir.Value(name="y")
    ir.Node("", "DequantizeLinear", [None, None], outputs=[value])
    shapes = Shapes(17)
    assert shapes.shape(value) is None
    assert shapes.dtype(value) is None
