"""Quantized models brought to symmetric int8, against ONNX Runtime; what cannot be is named."""

import numpy as np
import onnx
import onnx.parser
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.backends.tensorrt.legalize import legalize
from modelwright.errors import UnsupportedError

TEXT = """<ir_version: 8, opset_import: ["" : 17]>
g (float[2, 3, 5, 5] x) => (float[2, 2, 4, 4] y)
<float s = {0.02}, uint8 z = {128}, uint8[2, 3, 2, 2] w = {%s}, float[2] t = {0.01, 0.02}, uint8[2] o = {128, 128},
 int32[2] b = {100, -70}, float[2] u = {0.0002, 0.0004}, int32[2] n = {0, 0}>
{
    [q] a = QuantizeLinear (x, s, z)
    [d] c = DequantizeLinear (a, s, z)
    [dw] k = DequantizeLinear <axis = 0> (w, t, o)
    [db] e = DequantizeLinear <axis = 0> (b, u, n)
    [conv] y = Conv (c, k, e)
}"""


def model_of(text=TEXT):
    numbers = ", ".join(map(str, np.random.default_rng(1).integers(0, 256, 24)))
    return ir.from_proto(onnx.shape_inference.infer_shapes(onnx.parser.parse_model(text % numbers)))


def run(model, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString(), options).run(None, {"x": x})[0]


def test_it_computes_the_same_in_symmetric_int8():
    x = np.random.default_rng(2).standard_normal((2, 3, 5, 5)).astype(np.float32)
    before, after = model_of(), model_of()
    legalize(after)
    np.testing.assert_allclose(run(after, x), run(before, x), rtol=1e-6, atol=1e-6)
    assert [node.name for node in after.graph] == ["q", "d", "dw", "conv"]
    for node in after.graph:
        if len(node.inputs) == 3 and node.op_type != "Conv":
            zero = node.inputs[2].const_value.numpy()
            assert (zero.dtype, zero.any()) == (np.int8, False)
    bias = after.graph[-1].inputs[2].const_value.numpy()
    np.testing.assert_allclose(bias, [0.02, -0.028], rtol=1e-6)


def test_zeros_elsewhere_are_named():
    with pytest.raises(UnsupportedError, match="zero points of 0 only, and 2 nodes") as caught:
        legalize(model_of(TEXT.replace("z = {128}", "z = {7}")))
    assert [name for _, name in caught.value.nodes] == ["q", "d"]
    assert "--rules tensorrt" in caught.value.hint


@pytest.mark.parametrize("form", ["int8 z = {0}", "uint8 z = {0}"])
def test_what_tensorrt_takes_stays(form):
    text = TEXT.replace("uint8 z = {128}", form)
    model = model_of(text)
    legalize(model)
    assert model.graph[0].inputs[2].name == "z"


def test_integers_that_others_use_stay_and_are_refused():
    text = TEXT.replace("(float[2, 2, 4, 4] y)", "(float[2, 2, 4, 4] y, uint8[2, 3, 5, 5] a)")
    with pytest.raises(UnsupportedError, match="QuantizeLinear 'q'"):
        legalize(model_of(text))


def test_recurrent_layers_get_steps_first():
    text = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[3, 5, 2] x, float[1, 12, 2] w, float[1, 12, 4] r) => (float[3, 5, 1, 4] y)
    { [layer] y = GRU <hidden_size = 4, layout = 1> (x, w, r) }"""
    model = ir.from_proto(onnx.parser.parse_model(text))
    legalize(model)
    assert [node.op_type for node in model.graph] == ["Transpose", "GRU", "Transpose"]
    assert "layout" not in model.graph[1].attributes


def test_a_last_window_behind_the_end_is_left_out():
    text = """<ir_version: 10, opset_import: ["" : 22]> g (float[1, 1, 2, 2] x) => (float[1, 1, 1, 1] y)
    { y = MaxPool <ceil_mode = 1, kernel_shape = [1, 1], strides = [2, 2]> (x) }"""
    model = ir.from_proto(onnx.parser.parse_model(text))
    legalize(model)
    assert "ceil_mode" not in model.graph[0].attributes
