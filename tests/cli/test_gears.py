"""From data to what each target's compiler is told."""

import json

import pytest

import modelwright as mw
from modelwright.cli.main import main
from modelwright.errors import UsageError

DETECTOR = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 3, H, W] x) => (float[N, 3, H, W] y) { [r] y = Relu (x) }
"""
FIXED = {"free_dim_param": {"N": 1}}


@pytest.fixture
def gears(tmp_path):
    (tmp_path / "sizes.txt").write_text("32,64\n32,64\n64,64\n64,32\n")
    assert main(["gears", "--data", str(tmp_path / "sizes.txt"), "-o", str(tmp_path / "g.json"), "--most", "2"]) == 0
    return tmp_path / "g.json"


def test_the_command(gears, capsys):
    capsys.readouterr()
    assert main(["gears", "--data", str(gears.with_name("sizes.txt")), "-o", str(gears), "--most", "2"]) == 0
    assert "2 gears for 4 samples: 16.7% of what is computed is padding, with one size 37.5%" in capsys.readouterr().out
    assert json.loads(gears.read_text())["gears"] == [[32, 64], [64, 64]]


def test_the_command_s_json(gears, capsys):
    capsys.readouterr()
    assert main(["gears", "--data", str(gears.with_name("sizes.txt")), "-o", str(gears), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["padded"] == 0


@pytest.mark.parametrize(
    ("output", "options", "file", "text"),
    [
        ("m.engine", {}, "build.sh", "--profile=1 --minShapes=x:1x3x64x64"),
        ("m.om", {"soc_version": "Ascend310P3"}, "build.sh", "'--dynamic_dims=32,64;64,64'"),
        ("m.mindir", {"ascend_tool": "converter_lite"}, "config.txt", "dynamic_dims=[32,64],[64,64]\n"),
    ],
)
def test_targets_take_the_file(gears, write_onnx, tmp_path, output, options, file, text):
    target = "ascend" if options else None
    report = mw.convert(
        write_onnx(DETECTOR), tmp_path / output, target=target, target_options={**options, "gears": gears}, **FIXED
    )
    assert report.status is mw.Status.PLANNED
    assert text in (tmp_path / f"{output}.plan" / file).read_text()


@pytest.mark.parametrize(
    ("output", "options", "further", "message"),
    [
        ("m.engine", {"opt_shapes": "x[1,3,8,8]"}, FIXED, "--gears and --opt_shapes"),
        ("m.engine", {}, {}, "has 2 sizes, but 3 are open"),
        ("m.om", {"soc_version": "Ascend310P3", "dynamic_dims": "1,2;3,4"}, FIXED, "gears and dynamic_dims"),
        ("m.om", {"soc_version": "Ascend310P3"}, {}, "2 of 3 values"),
    ],
)
def test_what_does_not_fit(gears, write_onnx, tmp_path, output, options, further, message):
    with pytest.raises(UsageError, match=message):
        mw.convert(write_onnx(DETECTOR), tmp_path / output, target_options={**options, "gears": gears}, **further)
