import onnx.parser
import onnx_ir as ir

from modelwright.hub.shapes import Shapes, dims_of
from modelwright.passes.bodies import bodies_of, bodies_with_places, describe_body_inputs

SCAN = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2] start, float[3, 2, 5] items) => (float[2] last, float[5, 2] all)
{
    [s] last, all = Scan <num_scan_inputs = 1, scan_input_axes = [2],
        body = b (float[M] state, float[K, L] item) => (float[M] t, float[M] u)
        { r = ReduceSum <keepdims = 0> (item, z)  t = Add (state, r)  u = Identity (t) }> (start, items)
}
"""


def _model():
    return ir.from_proto(
        onnx.parser.parse_model(SCAN.replace("{ r", "<int64[1] z = {0}> { r").replace("(item, z)", "(item)"))
    )


def test_inputs_of_a_scan_body():
    model = _model()
    node = model.graph.node(0)
    body = bodies_of(node)[0][1]
    for value in body.inputs:
        value.shape = None
    describe_body_inputs(node, Shapes(17))
    assert [dims_of(value.shape) for value in body.inputs] == [(2,), (3, 2)]


def test_places():
    assert [place for place, _ in bodies_with_places(_model().graph)] == ["body of Scan 's'"]
