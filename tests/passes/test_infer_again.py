import onnx.parser
import onnx_ir as ir

from modelwright.hub.shapes import dims_of
from modelwright.passes.infer_again import infer_again
from modelwright.passes.set_shapes import set_input_shapes

FUNCTIONS = """
<ir_version: 10, opset_import: ["" : 17, "local" : 1]>
g (float[1, 4] x) => (float[1, 4] y, float[1, 8] z)
{ y = local.twice (x)  z = Concat <axis = 1> (y, x) }
<domain: "local", opset_import: ["" : 17]>
twice (a) => (b) { c = Add (a, a)  b = Neg (c) }
"""

LOOP = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 4] x, int64 trips) => (float[1, 4] y, float[T, 1, 4] all)
<bool go = {1}>
{
    y, all = Loop (trips, go, x) <body = b (int64 i, bool c, float[1, 4] s) => (bool d, float[1, 4] t, float[1, 4] u)
        { d = Identity (c)  t = Add (s, x)  u = Identity (t) }>
}
"""

NAMES = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[K, N] y)
{ y = mystery.thing (x) }
"""


def _inferred(text, shapes, renamed=None):
    model = ir.from_proto(onnx.parser.parse_model(text))
    set_input_shapes(model, shapes)
    infer_again(model, renamed or {})
    return model, {value.name: dims_of(value.shape) for value in model.graph.outputs}


def test_through_functions():
    model, shapes = _inferred(FUNCTIONS, {"x": (5, 4)})
    assert shapes == {"y": (5, 4), "z": (5, 8)}
    assert len(model.functions) == 1


def test_in_the_bodies_of_loops():
    model, shapes = _inferred(LOOP, {"x": (5, 4)})
    assert shapes == {"y": (5, 4), "all": ("T", 5, 4)}
    body = model.graph.node(0).attributes["body"].as_graph()
    assert dims_of(body.inputs[2].shape) == (5, 4)
    assert [dims_of(value.shape) for value in body.outputs[1:]] == [(5, 4), (5, 4)]


def test_declared_names_stay_where_nothing_better_is_known():
    text = NAMES.replace('["" : 17]', '["" : 17, "mystery" : 1]')
    assert _inferred(text, {"x": (2, 4)}, {"N": 2})[1] == {"y": ("K", 2)}
