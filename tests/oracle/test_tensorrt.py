"""Engines built by TensorRT-RTX itself; nothing is run, for there is no GPU."""

from pathlib import Path

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.backends.tensorrt.engine_file import read_engine

EXAMPLE = Path(__file__).parents[2] / "examples/digits"

DETECTOR = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 3, 16, 16] x, float[1, 10, 4] boxes) => (float[N, 3, 16, 16] y, int64[K, 3] chosen, int64[4, M] where_)
<int64[1] most = {5}, float[1] limit = {0.5}, float[1, 1, 10] scores = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}>
{
    [relu] a = Relu (x)
    [nms] chosen = NonMaxSuppression (boxes, scores, most, limit, limit)
    [nonzero] where_ = NonZero (a)
    [tanh] y = Tanh (a)
}
"""

pytestmark = pytest.mark.oracle_tensorrt


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_a_tensorflow_network_becomes_an_engine(tmp_path, precision):
    options = {"compute_capability": "8.9,12.0", "precision": precision, "opt_shapes": "image[4,24,24,1]"}
    report = mw.convert(
        EXAMPLE / "saved_model", tmp_path / "m.engine", reference=EXAMPLE / "reference.npz", target_options=options
    )
    assert report.status is mw.Status.UNVERIFIED
    assert "TensorRT-RTX" in " ".join(report.steps[-2].summary)
    engine = read_engine(tmp_path / "m.engine")
    assert [item.number for item in engine.targets] == ["8.9", "12.0"]
    found = mw.info(tmp_path / "m.engine")
    dtype = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}[precision]
    assert [str(spec) for spec in found.inputs] == [f"image: {dtype}[4, 24, 24, 1]"]
    assert [spec.name for spec in found.outputs] == ["probabilities"]


def test_profiles_leave_sizes_open(tmp_path):
    options = {"compute_capability": "8.6", "min_shapes": "image[1,24,24,1]", "max_shapes": "image[8,24,24,1]"}
    mw.convert(EXAMPLE / "saved_model", tmp_path / "m.engine", target_options=options)
    assert mw.info(tmp_path / "m.engine").inputs[0].shape == (None, 24, 24, 1)


def test_same_inputs_same_bytes(tmp_path):
    options = {"compute_capability": "8.6", "opt_shapes": "image[1,24,24,1]", "precision": "fp16"}
    for name in ("a", "b"):
        mw.convert(EXAMPLE / "saved_model", tmp_path / f"{name}.engine", target_options=options)
    assert (tmp_path / "a.engine").read_bytes() == (tmp_path / "b.engine").read_bytes()


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_what_is_refused_goes_beside_the_engine(tmp_path, precision):
    source = tmp_path / "m.onnx"
    onnx.save(onnx.parser.parse_model(DETECTOR), source)
    options = {"compute_capability": "8.6", "opt_shapes": "x[2,3,16,16]"}
    with pytest.raises(mw.errors.UnsupportedError) as caught:
        mw.convert(source, tmp_path / "m.engine", target_options=options)
    assert {name for _, name in caught.value.nodes} == {"nms", "nonzero"}
    report = mw.convert(
        source, tmp_path / "m.engine", target_options={**options, "fallback": "cut", "precision": precision}
    )
    assert all(item.passed for item in report.verification.outputs)
    assert "relu" in read_engine(tmp_path / "m.engine").layers


def test_quantized_models(tmp_path):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2, 4] x) => (float[2, 4] y)
    <float s = {0.02}, int8 z = {0}, int8[4, 4] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}>
    {
        q = QuantizeLinear (x, s, z)
        d = DequantizeLinear (q, s, z)
        f = DequantizeLinear (w, s, z)
        [mm] y = MatMul (d, f)
    }
    """
    onnx.save(onnx.parser.parse_model(text), tmp_path / "q.onnx")
    options = {"compute_capability": "8.9", "precision": "int8"}
    report = mw.convert(tmp_path / "q.onnx", tmp_path / "q.engine", target_options=options)
    assert np.prod(report.verification.outputs[0].shape) == 8
    assert report.verification.outputs[0].passed
