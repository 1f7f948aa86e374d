"""float16 in MindIR; ``tests/oracle/test_mindir.py`` runs such files in MindSpore."""

import pytest

import modelwright as mw
from modelwright.errors import UnknownNameError, UsageError
from modelwright.frontends.mindspore.describe import describe

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[N, 3] y)
<float[4, 3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, float[3] b = {1, 90000, 2}>
{ [m] p = MatMul (x, w) [r] q = Relu (p) [big] y = Add (q, b) }
"""


def test_half_precision(write_onnx, tmp_path):
    report = mw.convert(write_onnx(TEXT), tmp_path / "m.mindir", target_options={"precision": "fp16"})
    found = describe(tmp_path / "m.mindir")
    assert [str(spec) for spec in (*found.inputs, *found.outputs)] == ["x: float16[?, 4]", "y: float32[?, 3]"]
    assert found.weight_bytes == 4 * 3 * 2 + 3 * 4
    assert "2 nodes compute in float16, 1 in float32" in report.steps[-2].summary
    assert any("big" in item.message for item in report.diagnostics)


def test_inputs_and_outputs_may_stay(write_onnx, tmp_path):
    options = {"precision": "fp16", "keep_io_types": True, "fp32_layers": "r"}
    report = mw.convert(write_onnx(TEXT), tmp_path / "m.mindir", target_options=options)
    found = describe(tmp_path / "m.mindir")
    assert [str(spec) for spec in (*found.inputs, *found.outputs)] == ["x: float32[?, 4]", "y: float32[?, 3]"]
    assert "1 nodes compute in float16, 2 in float32" in report.steps[-2].summary


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "bf16"}, "fp32 or fp16"),
        ({"keep_io_types": True}, "--keep_io_types needs --precision fp16"),
        ({"fp32_layers": "r"}, "--fp32_layers needs"),
    ],
)
def test_contradictions(write_onnx, tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        mw.convert(write_onnx(TEXT), tmp_path / "m.mindir", target_options=options)


def test_layers_that_there_are_not(write_onnx, tmp_path):
    with pytest.raises(UnknownNameError, match="'k'"):
        mw.convert(write_onnx(TEXT), tmp_path / "m.mindir", target_options={"precision": "fp16", "fp32_layers": "k"})
