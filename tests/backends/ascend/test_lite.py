"""``converter_lite``: its configuration as the MindOCR tutorial writes it, and conversions with a strict stand-in."""

import re
import subprocess
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.backends.ascend.gears import as_gears, read_gears
from modelwright.backends.ascend.lite import arguments, config, script
from modelwright.backends.ascend.shapes import parse_input_shape
from modelwright.errors import ToolError, ToolMissingError, UsageError

DETECTOR = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 3, H, W] x) => (float[N, 3, H, W] y) { [r] y = Relu (x) }
"""
LITE = {"ascend_tool": "converter_lite"}


def convert(source, output, **options):
    return mw.convert(source, output, target="ascend", target_options={**LITE, **options})


def written(settings):
    settings = as_gears(settings)
    shapes = parse_input_shape(settings["input_shape"])
    return config(settings, shapes, read_gears(settings), {})


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"input_shape": "x:[1,3,736,1280]"}, ["input_shape=x:[1,3,736,1280]"]),
        (
            {"input_shape": "x:[1,3,-1,-1]", "dynamic_dims": "[736,1280],[768,1280],[896,1280],[1024,1280]"},
            ["input_shape=x:[1,3,-1,-1]", "dynamic_dims=[736,1280],[768,1280],[896,1280],[1024,1280]"],
        ),
        (
            {"input_shape": "x:[-1,3,736,1280]", "dynamic_dims": "[1],[4],[8],[16],[32]"},
            ["input_shape=x:[-1,3,736,1280]", "dynamic_dims=[1],[4],[8],[16],[32]"],
        ),
        (
            {"input_shape": "x:1,3,736,1280", "precision_mode": "enforce_fp32"},
            ["input_shape=x:[1,3,736,1280]", "precision_mode=enforce_fp32"],
        ),
        (
            {"input_shape": "a:-1,3;b:-1,4;c:1,5", "dynamic_batch_size": "1,2"},
            ["input_shape=a:[-1,3];b:[-1,4];c:[1,5]", "dynamic_dims=[1],[2];[1],[2]"],
        ),
    ],
)
def test_the_tutorial_s_configurations(settings, lines):
    found = written({**settings, "input_format": "NCHW"}).splitlines()
    assert found[0] == "[ascend_context]"
    assert sorted(found[1:]) == sorted(["input_format=NCHW", *lines])


def test_other_sections():
    found = written({"input_shape": "x:1,3", "soc_version": "Ascend310P3", "log": "info", "deterministic": "1"})
    assert "[acl_init_options]\nge.socVersion=Ascend310P3\nge.deterministic=1\n" in found
    assert "[acl_build_options]\nlog=info\n" in found


@pytest.mark.parametrize(
    "text", ["[1,2,3]", "[1],[2,3]", "[1],[2];[1],[4]", "[x]", "[0]", "1,64,64;2,64,64"], ids=lambda text: text
)
def test_gears_that_it_does_not_know(text):
    with pytest.raises(UsageError, match="dynamic_dims"):
        as_gears({"dynamic_dims": text})


def test_the_command_line():
    fixed, opened = parse_input_shape("x:1,3,8,8"), parse_input_shape("x:-1,3,8,8")
    found = arguments(0, Path("m.prototxt"), Path("m.caffemodel"), {"NoFusion": "false", "device": "Ascend"}, fixed)
    assert found == [
        "--saveType=MINDIR",
        "--fmk=CAFFE",
        "--modelFile=m.prototxt",
        "--weightFile=m.caffemodel",
        "--outputFile=converted",
        "--configFile=config.txt",
        "--NoFusion=false",
        "--device=Ascend",
        "--inputShape=x:1,3,8,8",
    ]
    assert arguments(5, Path("m.onnx"), None, {}, opened)[-1] == "--optimize=ascend_oriented"
    assert "converter_lite '--a b'" in script(Path("m.onnx"), ["--a b"])


def test_without_the_tool_there_is_a_plan(write_onnx, tmp_path, lite):
    source = write_onnx(DETECTOR)
    report = convert(source, tmp_path / "m.mindir", input_shape="x:1,3,-1,-1", dynamic_dims="[32,64],[64,64]")
    assert report.status is mw.Status.PLANNED
    folder = tmp_path / "m.mindir.plan"
    names = sorted(item.name for item in folder.iterdir())
    assert names == ["README.txt", "build.sh", "config.txt", "expected", "expected.npz", "model.onnx"]
    environment = {"PATH": "/usr/bin:/bin", "LITE_HOME": str(lite)}
    done = subprocess.run(
        ["sh", str(folder / "build.sh")], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [str(item) for item in mw.info(folder / "converted.mindir").inputs] == ["x: float32[1, 3, ?, ?]"]


def test_what_it_leaves_is_checked_and_never_verified(write_onnx, tmp_path, lite):
    report = convert(
        write_onnx(DETECTOR),
        tmp_path / "m.mindir",
        ascend_home=str(lite),
        input_shape="x:-1,3,32,32",
        dynamic_batch_size="1,4",
        precision_mode="preferred_fp32",
    )
    assert report.status is mw.Status.UNVERIFIED
    assert any("converter_lite succeeded" in check for check in report.verification.checks)
    assert any("readable .mindir of 1 inputs" in check for check in report.verification.checks)
    assert [str(item) for item in report.artifact.inputs] == ["x: float32[?, 3, 32, 32]"]
    assert "dynamic_dims=[1],[4]" in (tmp_path / "m.mindir.build" / "config.txt").read_text()


def test_a_mindir_is_given_as_it_is(tmp_path, lite):
    source = Path(__file__).parents[2] / "fixtures/mindir/exports/net.mindir"
    report = convert(source, tmp_path / "m.mindir", ascend_home=str(lite), no_verify=None)
    assert (tmp_path / "m.mindir.build" / "model.mindir").read_bytes() == source.read_bytes()
    assert "--fmk=MINDIR" in (tmp_path / "m.mindir.build" / "build.sh").read_text()
    assert any("own form (MindIR)" in item.message for item in report.diagnostics)


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("m.om", {}, r"converter_lite makes files that end in \.mindir"),
        ("m.mindir", {"precision_mode": "force_fp16"}, "enforce_fp16"),
        ("m.mindir", {"precision_mode_v2": "fp16"}, "precision_mode_v2 is no setting of converter_lite"),
        ("m.mindir", {"ascend_tool": "atc", "soc_version": "Ascend310", "optimize": "none"}, "optimize is no setting"),
        ("m.mindir", {"dynamic_dims": "[1,64],[1]"}, "neither gears"),
    ],
)
def test_what_the_user_must_change(write_onnx, tmp_path, output, options, message):
    with pytest.raises(UsageError) as caught:
        convert(write_onnx(DETECTOR), tmp_path / output, **{"input_shape": "x:1,3,32,32", **options})
    assert re.search(message, f"{caught.value.message} {caught.value.hint}")


def test_failures_are_told(write_onnx, tmp_path, lite):
    source = write_onnx(DETECTOR)
    with pytest.raises(ToolMissingError, match="there is no tools/converter"):
        convert(source, tmp_path / "m.mindir", ascend_home=str(tmp_path), input_shape="x:1,3,32,32")
    program = lite / "tools/converter/converter/converter_lite"
    program.write_text("#!/bin/sh\necho 'CONVERT RESULT FAILED:-1 Common error code.'\nexit 1\n")
    with pytest.raises(ToolError, match="converter_lite: CONVERT RESULT FAILED:-1 Common error code"):
        convert(source, tmp_path / "m.mindir", ascend_home=str(lite), input_shape="x:1,3,32,32")
    program.write_text("#!/bin/sh\necho 'CONVERT RESULT SUCCESS:0'\n")
    with pytest.raises(ToolError, match=r"left no converted\.mindir"):
        convert(source, tmp_path / "m.mindir", ascend_home=str(lite), input_shape="x:1,3,32,32")
