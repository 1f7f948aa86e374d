import onnx.parser
import onnx_ir as ir

from modelwright.hub.inference import infer_types
from modelwright.hub.shapes import dims_of

TEXT = """
<ir_version: 10, opset_import: ["" : 17, "local" : 1]>
g (float[2, 3] x) => (float[A, B] y)
{ s = SequenceConstruct (x, x)  z = local.f (x)  y = Identity (z) }
<domain: "local", opset_import: ["" : 17]> f (u) => (v) { v = Neg (u) }
"""


def test_sequences_and_functions():
    model = ir.from_proto(onnx.parser.parse_model(TEXT))
    infer_types(model)
    values = {value.name: value for node in model.graph for value in node.outputs}
    assert isinstance(values["s"].type, ir.SequenceType)
    assert dims_of(values["z"].shape) == (2, 3)
    assert dims_of(values["y"].shape) == (2, 3)


def test_what_contradicts_itself_stays_as_it_is():
    model = ir.from_proto(onnx.parser.parse_model(TEXT.replace("y = Identity (z)", "y = MatMul (z, z)")))
    infer_types(model)
    assert dims_of(model.graph.outputs[0].shape) == ("A", "B")
