import numpy as np
import onnx.parser
import onnx_ir as ir
import onnxruntime

from modelwright.passes.functions import drop_unused_functions, inline_functions

TEXT = """
<ir_version: 10, opset_import: ["" : 17, "local" : 1]>
g (float[4] x, bool c) => (float[4] y)
{
    y = If (c) <
        then_branch = p () => (float[4] q) { q = local.outer (x) },
        else_branch = r () => (float[4] v) { v = Neg (x) }>
}
<domain: "local", opset_import: ["" : 17, "local" : 1]>
outer (a) => (b) { b = local.inner (a) }
<domain: "local", opset_import: ["" : 17]>
inner (a) => (b) { b = Add (a, a) }
<domain: "local", opset_import: ["" : 17]>
lonely (a) => (b) { b = Abs (a) }
"""


def _model():
    return ir.from_proto(onnx.parser.parse_model(TEXT))


def _run(model):
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    return session.run(None, {"x": np.arange(4, dtype=np.float32), "c": np.array(True)})[0]


def test_functions_that_others_call_stay():
    model = _model()
    assert drop_unused_functions(model) == ("local:lonely",)
    assert [name for _, name, _ in model.functions] == ["outer", "inner"]
    np.testing.assert_array_equal(_run(model), [0, 2, 4, 6])


def test_inlined_it_computes_the_same():
    model = _model()
    inline_functions(model)
    assert not model.functions
    np.testing.assert_array_equal(_run(model), [0, 2, 4, 6])
