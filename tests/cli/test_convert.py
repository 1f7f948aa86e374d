import argparse
import dataclasses
import functools
import json
from pathlib import Path

import pytest

from modelwright.cli import convert
from modelwright.cli.arguments import Parser, parse
from modelwright.errors import UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import frontend_for, frontend_of_command
from modelwright.options import Option, OptionKind

EXAMPLE = Path(__file__).parents[2] / "examples/digits"
READER = Path(__file__).parents[1] / "fixtures/tensorflow/reader"


def _convert(call, *argv):
    return call("convert", *argv)


def test_a_report_a_person_can_read(call, tmp_path):
    result = _convert(
        call,
        "tf2",
        "--saved_model",
        EXAMPLE / "saved_model",
        "--output",
        tmp_path / "d.onnx",
        "--reference",
        EXAMPLE / "reference.npz",
    )
    assert result.code == 0, result.err
    assert result.err == ""
    lines = result.out.splitlines()
    assert lines[0].startswith("found     TensorFlow SavedModel, ")
    assert any(line.startswith("verified  every output matches reference.npz") for line in lines)
    assert len(lines) <= 40
    assert max(len(line) for line in lines) <= 100 or str(tmp_path) in result.out
    assert "\x1b" not in result.out


def test_json_is_alone_on_stdout(call, small, tmp_path):
    result = _convert(call, "onnx", "--input", small, "--output", tmp_path / "m.onnx", "--json", "--checker")
    data = json.loads(result.out)
    assert (data["status"], result.err, result.code) == ("verified", "", 0)
    assert data["recipe"]["options"] == {"checker": True}


def test_json_of_a_failed_run_is_the_report_too(call, small, tmp_path):
    result = _convert(call, "onnx", "--input", small, "-o", tmp_path / "m.onnx", "--json", "-f", "M:2")
    assert result.code == 2
    assert json.loads(result.out)["error"]["code"] == "MW-U103"
    assert "MW-U103" in result.err


def test_dry_run_prints_the_plan_and_writes_nothing(call, small, tmp_path):
    arguments = ["onnx", "--input", small, "-o", tmp_path / "m.onnx", "--onnxsim", "--dry-run"]
    result = _convert(call, *arguments)
    assert [word in result.out for word in ("import", "optimize", "export", "verify", "key ")] == [True] * 5
    data = json.loads(_convert(call, *arguments, "--json").out)
    assert [step["name"] for step in data["plan"]] == ["import", "optimize", "export", "verify"]
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]


def test_several_values_and_both_kinds_of_spelling(call, small, tmp_path):
    output = tmp_path / "m.onnx"
    result = _convert(call, "onnx", "--input", small, "--free-dim-param", "N:2", "N:2", "-f", "N:2", "-o", output)
    assert result.code == 0, result.err
    assert "x: [N, 3, 8, 8] became [2, 3, 8, 8]" in result.out


@pytest.mark.parametrize(
    ("command", "flag", "path"),
    [
        ("tf1", "--input", "tf1_graph.pb"),
        ("tf1", "--graphdef", "tf1_graph.pbtxt"),
        ("tf1", "--checkpoint", "tf1_checkpoint"),
        ("auto", None, "tf1_graph.pb"),
    ],
)
def test_every_kind_of_source(call, tmp_path, command, flag, path):
    source = [flag, READER / path] if flag else [READER / path]
    result = _convert(call, command, *source, "-o", tmp_path / "m.onnx", "--dry-run", "--json")
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("flag", "path", "hint"),
    [
        ("--input", EXAMPLE / "saved_model", "--saved-model"),
        ("--saved-model", READER / "tf1_graph.pb", "--input"),
        ("--graphdef", READER / "tf1_checkpoint", "--checkpoint"),
    ],
)
def test_the_wrong_flag_for_a_source(call, tmp_path, flag, path, hint):
    result = _convert(call, "tf2", flag, path, "-o", tmp_path / "m.onnx")
    assert result.code == 2
    assert hint in result.err


def test_the_wrong_command_for_a_source(call, small, tmp_path):
    result = _convert(call, "tf2", "--input", small, "-o", tmp_path / "m.onnx")
    assert result.code == 2
    assert "convert onnx" in result.err


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--opsett", "17"], "--opset"),
        (["--opset", "x"], "invalid int"),
        (["--opset", "8"], "between 9 and"),
        (["--rtol", "-1"], "--rtol"),
        (["--target", "toaster"], "no target named"),
        (["--inputs", "image[1,24"], "bracket"),
        (["--inputs", "image[a,24,24,1]"], "write -1 for a"),
        (["--free_dim_param", "a:1"], "unknown flag --free_dim_param"),
        (["stray"], "unexpected stray"),
    ],
)
def test_mistakes_exit_2_and_name_the_way_out(call, tmp_path, extra, message):
    result = _convert(call, "tf2", "--saved-model", EXAMPLE / "saved_model", "-o", tmp_path / "m.onnx", *extra)
    assert result.code == 2
    assert message in result.err
    assert list(tmp_path.iterdir()) == []


def test_auto_refuses_options_of_other_formats(call, small, tmp_path):
    result = _convert(call, "auto", small, "-o", tmp_path / "m.onnx", "--signature_def", "s")
    assert result.code == 2
    assert "does not apply to ONNX models" in result.err


def test_the_suffix_chooses_the_target(call, small, tmp_path):
    result = _convert(call, "onnx", "--input", small, "-o", tmp_path / "m.toast")
    assert result.code == 2
    assert ".onnx" in result.err


def test_a_tflite_file_is_verified(call, small, tmp_path):
    result = _convert(call, "onnx", "--input", small, "-o", tmp_path / "m.tflite")
    assert result.code == 0
    assert "verified" in result.out
    assert "unverified" not in result.out
    assert "LiteRT" in (tmp_path / "m.report.json").read_text()


def test_tensorflow_options_reach_the_conversion(call, tmp_path):
    result = _convert(
        call,
        "tf2",
        "--saved-model",
        EXAMPLE / "saved_model",
        "--inputs",
        "image[2,24,24,1]",
        "--rename_inputs",
        "picture",
        "--rename-outputs",
        "digits",
        "--inputs-as-nchw",
        "image",
        "--opset",
        "18",
        "-o",
        tmp_path / "m.onnx",
        "--json",
    )
    assert result.code == 0, result.err
    artifact = json.loads(result.out)["artifact"]
    assert (artifact["inputs"][0]["name"], artifact["inputs"][0]["shape"]) == ("picture", [2, 1, 24, 24])
    assert artifact["outputs"][0]["name"] == "digits"
    assert artifact["opsets"] == {"ai.onnx": 18}


def _joined(argv):
    """Parses with a TensorFlow command that an ONNX frontend with a further option joins."""
    further = Option(name="dequantize", kind=OptionKind.FLAG, help="")
    other = dataclasses.replace(frontend_for(Format.ONNX), source_flags={"--tflite": Format.ONNX}, options=(further,))
    parser = Parser(prog="tool")
    sources = parser.add_subparsers(dest="source", parser_class=Parser)
    sources.add_parser(
        "tf2", fill=functools.partial(convert._add_source_arguments, (frontend_of_command("tf2"), other))
    )
    return parse(parser, ["tf2", "-o", "o.onnx", *argv])


def test_a_frontend_that_joins_a_command_brings_its_flags(small):
    arguments = _joined(["--tflite", str(small), "--dequantize"])
    assert isinstance(arguments, argparse.Namespace)
    assert convert._source(arguments) == (str(small), "onnx")
    with pytest.raises(UsageError, match="--dequantize does not apply to --graphdef"):
        convert._source(_joined(["--graphdef", str(small), "--dequantize"]))
    with pytest.raises(UsageError) as caught:
        convert._source(_joined(["--saved-model", str(small)]))
    assert caught.value.hint == "give it with --tflite"
    with pytest.raises(UsageError) as caught:
        convert._source(_joined(["--tflite", str(EXAMPLE / "saved_model")]))
    assert caught.value.hint == "give it with --saved-model"


def test_keras_takes_a_saved_model_too(call, tmp_path):
    result = _convert(call, "tf2", "--keras", EXAMPLE / "saved_model", "-o", tmp_path / "m.onnx", "--dry-run")
    assert result.code == 0
    assert "tf-saved-model" in result.out
    result = _convert(call, "tf2", "--keras", READER / "tf1_graph.pb", "-o", tmp_path / "m.onnx")
    assert result.code == 2
    assert "not a Keras model" in result.err
    assert "give it with --input" in result.err


def test_flags_of_other_sources_are_refused(call, tmp_path):
    model = EXAMPLE / "saved_model"
    result = _convert(call, "tf2", "--saved-model", model, "-o", tmp_path / "m.onnx", "--dequantize")
    assert result.code == 2
    assert "--dequantize does not apply to --saved-model" in result.err


def test_libraries_need_an_interpreter(call, tmp_path, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_TF_PYTHON", raising=False)
    (tmp_path / "a.so").write_bytes(b"")
    model = EXAMPLE / "saved_model"
    arguments = ["tf2", "--saved-model", model, "-o", tmp_path / "m.onnx", "--load_op_libraries"]
    result = _convert(call, *arguments, tmp_path / "a.so")
    assert (result.code, "MW-U001" in result.err) == (2, True)
    result = _convert(call, *arguments, f"{tmp_path / 'a.so'},{tmp_path / 'b.so'}")
    assert (result.code, "b.so" in result.err) == (2, True)
