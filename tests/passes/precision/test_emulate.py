"""bfloat16 in float32: against the onnx reference, which computes each node in float32 and rounds."""

import ml_dtypes
import numpy as np
import onnx
import onnx.parser
import onnx_ir as ir
import onnxruntime

from modelwright.passes.precision.emulate import emulate
from modelwright.passes.precision.narrow import narrow

TEXT = """<ir_version: 10, opset_import: ["" : 22]>
g (float[2, 3, 6, 6] x, float[4] b) => (float[2, 4, 5, 5] y, float[2, 4] z)
<float[4, 3, 2, 2] w = {%s}, int64[2] axes = {2, 3}>
{ c = Conv (x, w, b) h = HardSigmoid (c) t = Tanh (h) y = Mul (t, c) z = ReduceMean <keepdims = 0> (y, axes) }"""


def narrowed():
    weights = np.random.default_rng(1).standard_normal(48).astype(np.float32)
    proto = onnx.parser.parse_model(TEXT % ", ".join(map(str, weights)))
    model = ir.from_proto(onnx.shape_inference.infer_shapes(proto))
    narrow(model, ir.DataType.BFLOAT16, keep={}, keep_io=False)
    return model


def rounded(array):
    return array.astype(ml_dtypes.bfloat16).astype(np.float32)


def test_every_layer_is_rounded():
    model = narrowed()
    wide = rounded(model.graph.initializers["w"].const_value.numpy())
    emulate(model, ir.DataType.BFLOAT16)
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    kinds = {item.name: item.type.tensor_type.elem_type for item in (*proto.graph.input, *proto.graph.output)}
    assert set(kinds.values()) == {onnx.TensorProto.FLOAT}
    assert {"x", "b", "y", "z"} == set(kinds)

    draw = np.random.default_rng(2)
    x, b = draw.standard_normal((2, 3, 6, 6)).astype(np.float32), draw.standard_normal(4).astype(np.float32)
    found = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"x": x, "b": b})

    x, b = rounded(x), rounded(b)
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(2, 3))
    c = rounded(np.einsum("ncijkl,ockl->noij", windows, wide) + b[:, None, None])
    h = rounded(np.clip(c * np.float32(0.2) + np.float32(0.5), 0, 1))
    y = rounded(rounded(np.tanh(h)) * c)
    z = rounded(y.mean(axis=(2, 3)))
    for mine, theirs in zip(found, (y, z), strict=True):
        assert np.array_equal(mine, rounded(mine))  # what comes out are numbers of bfloat16
        np.testing.assert_allclose(mine, theirs, rtol=2**-7, atol=1e-6)
        assert np.mean(mine != theirs) < 0.02  # sums in another order land on the other side now and then


def test_weights_and_casts_become_float32():
    model = narrowed()
    emulate(model, ir.DataType.BFLOAT16)
    floats = [value.dtype for value in model.graph.initializers.values() if value.name != "axes"]
    assert set(floats) == {ir.DataType.FLOAT}
    narrow_values = [v.name for node in model.graph for v in node.outputs if v.dtype == ir.DataType.BFLOAT16]
    casts = [node for node in model.graph if node.op_type == "Cast"]
    assert len(casts) == 2 * len(narrow_values)
