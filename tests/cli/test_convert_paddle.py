"""`modelwright convert paddle` with the flags that users of paddle2onnx know."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from modelwright.cli.main import main

FIXTURES = Path(__file__).parents[1] / "fixtures" / "paddle"


@pytest.fixture
def folder(tmp_path):
    """A model in a folder, under names of its own."""
    with np.load(FIXTURES / "operators_program.npz") as arrays:
        (tmp_path / "net.pdmodel").write_bytes(arrays["conv/program"].tobytes())
    return tmp_path


def run(*arguments):
    return main(["convert", "paddle", *map(str, arguments)])


def test_flags_of_paddle2onnx(folder, capsys):
    target = folder / "out.onnx"
    code = run(
        "--model_dir",
        folder,
        "--model_filename",
        "net.pdmodel",
        "--save_file",
        target,
        "--opset_version",
        "18",
        "--input_shape_dict",
        "{'x0':[1, 3, 5, 7]}",
        "--output_names",
        '["y"]',
        "--enable_onnx_checker",
        "True",
        "--enable_auto_update_opset",
        "True",
        "--enable_dev_version",
        "True",
        "--json",
    )
    assert code == 0
    report = json.loads(capsys.readouterr().out)
    assert [item["message"].split()[0] for item in report["diagnostics"]] == ["--enable_dev_version"]
    model = onnx.load(target)
    assert model.opset_import[0].version == 18
    assert [item.name for item in model.graph.output] == ["y"]
    assert [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim] == [1, 3, 5, 7]


def test_short_flags(folder):
    target = folder / "out.onnx"
    assert run("-m", folder, "-mf", "net.pdmodel", "-s", target, "-ov", "13", "-isd", "x0[1,3,5,7]", "-on", "z") == 0
    model = onnx.load(target)
    assert model.opset_import[0].version == 13
    assert model.graph.output[0].name == "z"


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_version(flag, capsys):
    with pytest.raises(SystemExit) as caught:
        run(flag)
    assert caught.value.code == 0
    assert "modelwright" in "".join(capsys.readouterr())


def test_weights_in_a_named_file(folder):
    target = folder / "out.onnx"
    assert run("-m", folder, "-s", target, "--large_model", "--external_filename", "weights.bin", "--no-verify") == 0
    assert run("-m", folder, "-s", target, "--external_filename", "../weights.bin", "--large_model") == 2


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--enable_onnx_checker", "maybe"), "True or False"),
        (("--input_shape_dict", "{x0:[1]}"), "inner quotes"),
        (("--output_names", '["a", "b"]'), "2 names"),
        (("--model_filename", "other"), "no such file"),
        (("--params_filename", "other"), "no such file"),
        (("--config", "c.json"), "no calibration file c.json"),
        (("--opset_version", "99"), "opset 99"),
    ],
)
def test_wrong_values(folder, capsys, arguments, word):
    assert run("-m", folder, "-s", folder / "out.onnx", *arguments) == 2
    assert word in capsys.readouterr().err
    assert not (folder / "out.onnx").exists()


def test_auto_and_info(folder, capsys):
    assert main(["convert", "auto", str(folder), "-o", str(folder / "out.onnx")]) == 0
    assert main(["info", str(folder)]) == 0
    assert "Paddle ProgramDesc model" in capsys.readouterr().out
