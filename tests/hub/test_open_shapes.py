import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.hub.open_shapes import open_shapes
from modelwright.hub.shapes import dims_of

TEXT = """
<ir_version: 10, opset_import: ["" : 17, "local" : 1]>
g (float[2, 3] x, float[3] w, bool c) => (float[2, 3] y)
<float[3] w = {1, 2, 3}, float[3] v = {1, 2, 3}>
{ y = If (c) < then_branch = p () => (float[2, 3] q) { q = Add (x, v) },
    else_branch = r () => (float[2, 3] s) { s = Mul (x, w) }> }
"""


@pytest.mark.parametrize("inputs", [True, False])
def test_only_what_is_computed_and_given_is_opened(inputs):
    model = ir.from_proto(onnx.parser.parse_model(TEXT))
    open_shapes(model, inputs=inputs)
    graph = model.graph
    assert dims_of(graph.inputs[0].shape) == ((None, None) if inputs else (2, 3))
    assert dims_of(graph.inputs[1].shape) == (3,)
    assert dims_of(graph.initializers["v"].shape) == (3,)
    assert dims_of(graph.outputs[0].shape) == (None, None)
    branch = graph.node(0).attributes["then_branch"].as_graph()
    assert dims_of(branch.outputs[0].shape) == (None, None)
