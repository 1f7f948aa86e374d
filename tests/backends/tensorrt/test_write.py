"""Conversions with a stand-in for TensorRT-RTX; ``make oracle`` builds with the real one."""

import json

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.backends.tensorrt import build
from modelwright.cli.main import main
from modelwright.errors import ArtifactInvalid, ConversionError, UnsupportedError, UsageError
from modelwright.workers.runner import run_worker

PLAIN = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[N, 3] y)
<float[4, 3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}>
{ [m] p = MatMul (x, w) [r] y = Relu (p) }
"""

MIXED = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 3, 4] x, float[1, 10, 4] boxes) => (float[1, 3, 4] y, int64[3, M] where_, int64[K, 3] chosen)
<int64[1] most = {5}, float[1] limit = {0.5}, float[1, 1, 10] scores = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}>
{
    [r] a = Relu (x)
    [nz] where_ = NonZero (a)
    [nms] chosen = NonMaxSuppression (boxes, scores, most, limit, limit)
    [t] y = Tanh (a)
}
"""

GPU = {"compute_capability": "8.6,12.0"}


@pytest.fixture(autouse=True)
def _named(trt_python, monkeypatch):
    monkeypatch.setenv("MODELWRIGHT_TRT_PYTHON", str(trt_python))


def test_an_engine_is_never_verified_without_a_gpu(write_onnx, tmp_path):
    options = {**GPU, "min_shapes": "x[1,4]", "max_shapes": "x[8,4]", "optimization_level": 2, "sparse_weights": True}
    report = mw.convert(write_onnx(PLAIN), tmp_path / "m.engine", target_options=options)
    assert report.status is mw.Status.UNVERIFIED
    assert "GPU" in report.verification.reason
    assert "matches the source" in report.verification.reason
    assert all(item.passed for item in report.verification.outputs)
    assert "TensorRT-RTX 9.8.7.6 built it for 8.6, 12.0, as its header says" in report.steps[-2].summary
    content = (tmp_path / "m.engine").read_bytes()
    assert b"[{'x': ([1, 4], [8, 4], [8, 4])}], ['SPARSE_WEIGHTS'], 2" in content
    assert mw.info(tmp_path / "m.engine").details["TensorRT-RTX"] == "9.8.7.6"


def test_an_engine_of_another_shape_is_no_success(write_onnx, tmp_path):
    options = {**GPU, "opt_shapes": "x[2,4]"}
    with pytest.raises(ArtifactInvalid, match=r"another model .* 'y' has the shape \[\] instead of \['N', 3\]"):
        mw.convert(write_onnx(PLAIN.replace("Relu", "Softsign")), tmp_path / "m.engine", target_options=options)
    assert not (tmp_path / "m.engine").exists()


def test_the_model_is_parsed_once(write_onnx, tmp_path, monkeypatch):
    runs = []

    def counted(*args, **further):
        runs.append(args[1])
        return run_worker(*args, **further)

    monkeypatch.setattr(build, "run_worker", counted)
    mw.convert(write_onnx(PLAIN), tmp_path / "m.engine", target_options={**GPU, "opt_shapes": "x[2,4]"})
    assert len(runs) == 1


@pytest.mark.parametrize("keep", [True, False])
def test_half_precision(write_onnx, tmp_path, keep):
    options = {**GPU, "opt_shapes": "x[2,4]", "precision": "fp16", "keep_io_types": keep}
    report = mw.convert(write_onnx(PLAIN), tmp_path / "m.engine", target_options=options)
    assert "2 nodes compute in fp16, 0 in float32" in report.steps[-2].summary
    assert report.verification.rtol == 1e-2
    assert report.verification.outputs[0].max_rel < 1e-2
    assert report.status is mw.Status.UNVERIFIED


def test_every_refused_layer_is_named_at_once(write_onnx, tmp_path):
    with pytest.raises(UnsupportedError) as caught:
        mw.convert(write_onnx(MIXED), tmp_path / "m.engine", target_options=GPU)
    assert caught.value.items == (
        "NonZero 'nz': NonZero is beyond it",
        "NonMaxSuppression 'nms': it has no kernel for this operator",
    )
    assert "--fallback cut" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]


def test_the_rest_goes_to_a_model_beside_the_engine(write_onnx, tmp_path):
    options = {**GPU, "fallback": "cut"}
    report = mw.convert(write_onnx(MIXED), tmp_path / "m.engine", target_options=options)
    assert report.status is mw.Status.UNVERIFIED
    assert "one after the other, match" in report.verification.reason
    assert [item.name for item in report.verification.outputs] == ["y", "where_", "chosen"]
    assert all(item.passed for item in report.verification.outputs)
    rest = onnx.load(tmp_path / "m.rest.onnx")
    assert sorted(node.op_type for node in rest.graph.node) == ["NonMaxSuppression", "NonZero"]
    assert [item.path for item in report.files] == ["m.engine", "m.rest.onnx"]


TAILED = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[2, 4, 4] x) => (float[2, 4, 4] y, float[2] d)
{ [e] a = Tanh (x) [r] y = Relu (a) [s] b = Sigmoid (y) [det] c = Det (b) [n] d = Neg (c) }
"""


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_the_rest_beside_a_narrower_engine_stays_float32(write_onnx, tmp_path, precision):
    options = {**GPU, "fallback": "cut", "precision": precision}
    report = mw.convert(write_onnx(TAILED), tmp_path / "m.engine", target_options=options)
    assert "one after the other, match" in report.verification.reason
    assert [(item.name, item.passed) for item in report.verification.outputs] == [("y", True), ("d", True)]
    assert f"3 nodes compute in {precision}, 0 in float32" in report.steps[-2].summary
    rest = onnx.load(tmp_path / "m.rest.onnx")
    assert [node.op_type for node in rest.graph.node] == ["Det", "Neg"]
    assert [item.type.tensor_type.elem_type for item in rest.graph.input] == [onnx.TensorProto.FLOAT]


def test_a_build_that_fails_says_why(write_onnx, tmp_path):
    text = PLAIN.replace("Relu", "Erf")
    with pytest.raises(ConversionError, match="builds no engine: out of tactics"):
        mw.convert(write_onnx(text), tmp_path / "m.engine", target_options={**GPU, "opt_shapes": "x[2,4]"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opt_shapes": "x[2,4]"}, "which GPUs"),
        (GPU, r"x \[N, 4\] are open"),
        ({**GPU, "opt_shapes": "x[2,4]", "precision": "int8"}, "nothing in the model is quantized"),
        ({**GPU, "opt_shapes": "x[2,4]", "precision": "fp16", "fp32_layers": "q"}, "'q'"),
    ],
)
def test_what_the_user_must_change(write_onnx, tmp_path, options, message):
    with pytest.raises(mw.errors.UserError, match=message):
        mw.convert(write_onnx(PLAIN), tmp_path / "m.engine", target_options=options)
    assert not (tmp_path / "m.engine").exists()


def test_without_tensorrt_the_build_is_planned(write_onnx, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MODELWRIGHT_TRT_PYTHON")
    source = str(write_onnx(PLAIN))
    code = main(["convert", "onnx", "--input", source, "-o", str(tmp_path / "m.engine"), "--opt-shapes", "x[2,4]"])
    assert code == 3
    assert "TensorRT is not installed; run build.sh" in capsys.readouterr().out.replace("\n", " ")
    folder = tmp_path / "m.engine.plan"
    assert "--optShapes=x:2x4" in (folder / "build.sh").read_text()
    assert json.loads((tmp_path / "m.report.json").read_text())["status"] == "planned"
    again = mw.convert(folder / "model.onnx", tmp_path / "again.onnx", reference=folder / "expected.npz")
    assert again.status is mw.Status.VERIFIED


def test_the_full_tensorrt_takes_no_capabilities(write_onnx, tmp_path, trt_python):
    (trt_python.parent / "tensorrt.py").write_text((trt_python.parent / "tensorrt_rtx.py").read_text())
    with pytest.raises(UsageError, match="builds for the GPU that it runs on"):
        mw.convert(
            write_onnx(PLAIN),
            tmp_path / "m.engine",
            target_options={**GPU, "tensorrt": "full", "opt_shapes": "x[2,4]"},
        )


def test_what_the_builder_must_be_told_is_asked_before_calibration(write_onnx, tmp_path):
    np.save(tmp_path / "data.npy", np.ones((4, 4), np.float32))
    with pytest.raises(UsageError, match="which GPUs to build for") as caught:
        mw.quantize(write_onnx(PLAIN), tmp_path / "m.engine", data=tmp_path / "data.npy")
    assert [step.name for step in caught.value.report.steps] == ["import", "optimize"]


def test_a_source_that_onnx_runtime_refuses_is_no_fault_of_the_engine(write_onnx, tmp_path):
    source = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[3, 1, 2] x) => (float[3, 1, 1, 4] y) '
        "<float[1, 4, 2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[1, 4, 4] r = "
        "{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}> "
        "{ y = RNN <hidden_size = 4, layout = 1> (x, w, r) }"
    )
    report = mw.convert(source, tmp_path / "m.engine", target_options=GPU)
    assert report.status is mw.Status.UNVERIFIED
    assert report.verification.outputs == ()
