"""The backend from end to end, with a stand-in for the compiler: see doubles/atc_double.py."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.cli.main import main

FIXED = {"soc_version": "Ascend310P3", "input_shape": "x:1,3,8,8;s:1,2"}


def convert(small, output, toolkit=None, **options):
    settings = {**FIXED, **options}
    if toolkit is not None:
        settings["ascend_home"] = str(toolkit)
    return mw.convert(
        small, output, target_options={key: value for key, value in settings.items() if value is not None}
    )


def test_without_a_compiler_there_is_a_plan(small, tmp_path, capsys):
    output = tmp_path / "out" / "m.om"
    arguments = [item for key, value in FIXED.items() for item in (f"--{key}", value)]
    assert main(["convert", "onnx", "--input", str(small), "-o", str(output), *arguments]) == 3
    assert "atc is not installed here" in capsys.readouterr().out
    assert not output.exists()
    folder = output.with_name("m.om.plan")
    names = sorted(item.name for item in folder.iterdir())
    assert names == ["README.txt", "build.sh", "expected", "expected.npz", "model.onnx"]
    assert len((folder / "README.txt").read_text().splitlines()) == 3
    assert "'--input_shape=x:1,3,8,8;s:1,2'" in (folder / "build.sh").read_text()
    kept = np.load(folder / "expected.npz")
    listed = json.loads((folder / "expected" / "tensors.json").read_text())
    assert [item["name"] for item in listed["inputs"]] == ["x", "s"]
    for prefix, rows in (("in:", listed["inputs"]), ("out:", listed["outputs"])):
        for row in rows:
            raw = np.fromfile(folder / "expected" / row["file"], row["dtype"]).reshape(row["shape"])
            np.testing.assert_array_equal(raw, kept[prefix + row["name"]])
    np.testing.assert_allclose(kept["out:t"], -kept["in:s"])
    report = json.loads((tmp_path / "out" / "m.report.json").read_text())
    assert report["status"] == "planned"
    assert "m.om.plan/expected/input_0_x.bin" in [item["path"] for item in report["files"]]
    dims = onnx.load(folder / "model.onnx").graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_value for dim in dims] == [1, 3, 8, 8]


def test_the_planned_script_compiles_elsewhere(small, tmp_path, toolkit):
    report = convert(small, tmp_path / "m.om")
    assert report.status is mw.Status.PLANNED
    script = tmp_path / "m.om.plan" / "build.sh"
    environment = {"PATH": "/usr/bin:/bin", "ASCEND_TOOLKIT_HOME": str(toolkit)}
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert mw.info(script.with_name("model.om")).details["chip"] == "Ascend310P3"


def test_with_a_compiler_there_is_an_artifact_that_is_never_verified(small, tmp_path, toolkit):
    report = convert(small, tmp_path / "m.om", toolkit)
    assert report.status is mw.Status.UNVERIFIED
    assert "an Ascend chip runs it" in report.verification.reason
    assert "matches the source in ONNX Runtime" in report.verification.reason
    assert any("atc succeeded" in check for check in report.verification.checks)
    found = mw.info(tmp_path / "m.om")
    assert [str(item) for item in found.inputs] == ["x: float32[1, 3, 8, 8]", "s: float32[1, 2]"]
    assert "--input_format=NCHW" in found.details["command_line"]
    assert str(tmp_path) not in found.details["command_line"]
    names = sorted(item.name for item in (tmp_path / "m.om.build").iterdir())
    assert names == ["README.txt", "build.sh", "compiler.log", "expected", "expected.npz", "model.onnx"]
    assert report.files[0].path == "m.om"


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("no-line", mw.ToolError, "does not say that it succeeded"),
        ("exit-code", mw.ToolError, "exit code 3"),
        ("no-file", mw.ToolError, r"left no model\.om"),
        ("truncated", mw.ArtifactInvalid, "cannot be read"),
        ("other-inputs", mw.ArtifactInvalid, "it has no input x, s"),
        ("other-shape", mw.ArtifactInvalid, r"its input x is \[2, 4, 9, 9\]"),
    ],
)
def test_success_needs_line_code_and_artifact(small, tmp_path, toolkit, monkeypatch, how, error, message):
    monkeypatch.setenv("ATC_DOUBLE", how)
    with pytest.raises(error, match=message) as caught:
        convert(small, tmp_path / "m.om", toolkit)
    log = Path(re.search(r"its whole log is (\S+)", caught.value.hint)[1])
    assert log.read_text().startswith("ATC start working now")
    log.unlink()
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith((".modelwright", "m."))] == []


def test_an_artifact_for_another_chip_is_refused(small, tmp_path, toolkit, monkeypatch):
    monkeypatch.setenv("ATC_DOUBLE_CHIP", "Ascend910B1")
    with pytest.raises(mw.ArtifactInvalid, match="for Ascend910B1, not Ascend310P3") as caught:
        convert(small, tmp_path / "m.om", toolkit)
    Path(re.search(r"its whole log is (\S+)", caught.value.hint)[1]).unlink()


def test_names_with_the_system_and_warnings(small, tmp_path, toolkit, monkeypatch):
    monkeypatch.setenv("ATC_DOUBLE", "with-system")
    assert convert(small, tmp_path / "m.om", toolkit).artifact is not None
    monkeypatch.setenv("ATC_DOUBLE", "warning")
    report = convert(small, tmp_path / "m.om", toolkit)
    assert [(item.code, item.node) for item in report.diagnostics if item.code] == [("W11001", "layer0")]


def test_time_is_limited(small, tmp_path, toolkit, monkeypatch):
    monkeypatch.setenv("ATC_DOUBLE", "sleep")
    with pytest.raises(mw.WorkerTimeoutError, match="atc took more than 1 s"):
        convert(small, tmp_path / "m.om", toolkit, ascend_timeout=1)


def test_gears(small, tmp_path, toolkit):
    report = convert(small, tmp_path / "m.om", toolkit, input_shape=None, dynamic_batch_size="2,4,8")
    assert report.artifact.details["gears of batch size"] == ["2", "4", "8"]
    assert [str(item) for item in report.artifact.inputs[:2]] == ["x: float32[?, 3, 8, 8]", "s: float32[?, 2]"]
    kept = np.load(tmp_path / "m.om.build" / "expected.npz")
    assert kept["in:x"].shape == (2, 3, 8, 8)
    report = convert(small, tmp_path / "d.om", toolkit, input_shape="x:-1,3,8,8;s:-1,2", dynamic_dims="1,1;4,4;8,8")
    assert report.artifact.details["gears of dimensions"] == ["1x1", "4x4", "8x8"]
    assert "--input_format=ND" in report.artifact.details["command_line"]


def test_dtypes_at_the_borders(small, tmp_path):
    convert(small, tmp_path / "m.om", output_type="FP16", input_fp16_nodes="s")
    listed = json.loads((tmp_path / "m.om.plan" / "expected" / "tensors.json").read_text())
    assert [item["dtype"] for item in listed["inputs"]] == ["float32", "float16"]
    assert [item["dtype"] for item in listed["outputs"]] == ["float16", "float16"]


FIXED_INSIDE = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 6] x) => (float[a, b] y)
<int64[2] shape = {2, 6}>
{ y = Reshape (x, shape) }
"""


def test_shapes_that_the_model_contradicts(write_onnx, tmp_path):
    model = write_onnx(FIXED_INSIDE)
    with pytest.raises(mw.ShapeError, match="Reshape"):
        convert(model, tmp_path / "m.om", input_shape="x:4,6")
    assert convert(model, tmp_path / "m.om", input_shape="x:2,6").status is mw.Status.PLANNED


def test_the_compiler_refuses_in_our_words(small, tmp_path, toolkit, monkeypatch):
    log = tmp_path / "log.txt"
    log.write_text(
        "ATC run failed, Please check the detail log, Try 'atc --help' for more information\n"
        "EZ3003: No supported Ops kernel and engine are found for [MyOp_111], optype [MyOp].\n"
        "        Solution: 1. Check that the OPP component is installed properly.\n"
    )
    monkeypatch.setenv("ATC_DOUBLE", f"log:{log}")
    with pytest.raises(mw.UnsupportedError) as caught:
        convert(small, tmp_path / "m.om", toolkit)
    assert caught.value.nodes == (("MyOp", "MyOp_111"),)
    assert "--outputs" in caught.value.hint
    assert "OPP component" in caught.value.hint
    Path(re.search(r"its whole log is (\S+)", caught.value.hint)[1]).unlink()


def test_a_settings_file_goes_along(small, tmp_path, toolkit):
    config = tmp_path / "fusion.cfg"
    config.write_text("{}")
    report = convert(small, tmp_path / "m.om", toolkit, fusion_switch_file=str(config))
    assert "--fusion_switch_file=fusion_switch_file.cfg" in report.artifact.details["command_line"]
    assert (tmp_path / "m.om.build" / "fusion_switch_file.cfg").read_text() == "{}"


def test_another_machine(small, tmp_path, toolkit, remote):
    report = convert(small, tmp_path / "m.om", toolkit, ascend_host="npu", log="error")
    assert report.status is mw.Status.UNVERIFIED
    assert any("atc on npu succeeded" in check for check in report.verification.checks)
    assert mw.info(tmp_path / "m.om").details["chip"] == "Ascend310P3"
    commands = remote.read_text().splitlines()
    assert commands[0].startswith("mkdir -m 700 /tmp/modelwright-")
    assert commands[-1].startswith("rm -rf /tmp/modelwright-")
    assert not Path(commands[0].split()[-1]).exists()


def test_another_machine_that_cannot_be_reached(small, tmp_path, toolkit, remote):
    with pytest.raises(mw.ToolError, match="cannot reach gpu") as caught:
        convert(small, tmp_path / "m.om", toolkit, ascend_host="gpu")
    assert "BatchMode" in caught.value.hint
    with pytest.raises(mw.ToolMissingError, match="not on npu"):
        convert(small, tmp_path / "m.om", ascend_host="npu")


def test_a_toolkit_without_the_compiler(small, tmp_path):
    with pytest.raises(mw.ToolMissingError, match="there is no atc"):
        convert(small, tmp_path / "m.om", tmp_path)


REFUSED = """
<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
net (float[1, 4] x) => (float[1, 4] y)
{
    a = Relu (x)
    y = my.Twist (a)
}
"""


def test_the_table_is_asked_first(write_onnx, tmp_path, toolkit):
    model = write_onnx(REFUSED)
    with pytest.raises(mw.CheckFailed, match="my:Twist") as caught:
        convert(model, tmp_path / "m.om", toolkit, input_shape=None)
    assert "--skip_check" in caught.value.hint
    report = json.loads((tmp_path / "m.eval_report.json").read_text())
    assert (report["result"], report["fail"], report["total"]) == ("failed", 1, 2)
    assert not (tmp_path / "m.om").exists()
    assert json.loads((tmp_path / "m.report.json").read_text())["status"] == "failed"
    convert(model, tmp_path / "n.om", toolkit, input_shape=None, skip_check=True)
    assert (tmp_path / "n.om").exists()


def test_constants_need_no_plugin(write_onnx, tmp_path):
    model = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> net (float[2] x) => (float[2] y)'
        "{ c = Constant <value_floats = [1.0, 2.0]> ()  y = Add (x, c) }"
    )
    assert convert(model, tmp_path / "m.om", input_shape=None).status is mw.Status.PLANNED


def test_an_opset_that_atc_does_not_know(write_onnx, tmp_path):
    model = write_onnx(REFUSED.replace('"" : 17', '"" : 21').replace("my.Twist", "Neg"))
    with pytest.raises(mw.UsageError, match="opset 21") as caught:
        convert(model, tmp_path / "m.om", input_shape=None)
    assert "--opset 18" in caught.value.hint
    settings = {"soc_version": "Ascend310P3"}
    assert mw.convert(model, tmp_path / "m.om", opset=18, target_options=settings).status is mw.Status.PLANNED
