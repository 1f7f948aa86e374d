"""Narrowed models and their remainder, against the float32 model in ONNX Runtime."""

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.backends.tensorrt.narrowing import narrowed, rounded
from modelwright.backends.tensorrt.settings import make_settings
from modelwright.hub import io

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2, 3, 5, 4] x) => (float[2, 3, 5, 4] y)
<float[3, 3, 1, 1] w = {0.1, -0.4, 0.3, 0.2, 0.7, -0.6, 0.5, 0.9, -0.8}>
{ [c] a = Conv (x, w) [r] b = Relu (a) [t] c = Tanh (b) [n] y = Neg (c) }
"""
SHAPES = {"x": (2, 3, 5, 4)}


def model():
    return ir.from_proto(onnx.shape_inference.infer_shapes(onnx.parser.parse_model(TEXT)))


def settings(precision, **options):
    return make_settings({"compute_capability": ["8.9"], "precision": precision, "keep_io_types": True, **options})


@pytest.mark.parametrize(("precision", "dtype", "opset"), [("fp16", "FLOAT16", 17), ("bf16", "BFLOAT16", 22)])
def test_what_runs_beside_the_engine_stays_wide(precision, dtype, opset):
    changed = model()
    said = narrowed(changed, settings(precision), SHAPES, {"t", "n", "unknown"})
    assert said.check == f"2 nodes compute in {precision}, 0 in float32"
    assert (said.notices, changed.graph.opset_imports[""]) == ((), opset)
    made = {node.name: node.outputs[0].dtype.name for node in changed.graph if node.op_type != "Cast"}
    assert made == {"c": dtype, "r": dtype, "t": "FLOAT", "n": "FLOAT"}


def test_layers_of_the_user_count():
    said = narrowed(model(), settings("fp16", fp32_layers=["r"]), SHAPES, {"n"})
    assert said.check == "2 nodes compute in fp16, 1 in float32"


def test_bfloat16_rounded_in_float32(tmp_path):
    changed = model()
    narrowed(changed, settings("bf16"), SHAPES)
    io.save(changed, tmp_path / "narrow.onnx")
    path = rounded(tmp_path / "narrow.onnx", tmp_path / "rounded.onnx")
    x = np.random.default_rng(3).standard_normal((2, 3, 5, 4)).astype(np.float32)

    def run(content):
        return onnxruntime.InferenceSession(content).run(None, {"x": x})[0]

    exact, found = run(ir.to_proto(model()).SerializeToString()), run(str(path))
    assert 0 < np.abs(found - exact).max() < 0.02
    assert not (found.view(np.uint32) & 0xFFFF).any()
