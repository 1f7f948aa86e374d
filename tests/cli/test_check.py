import json
from pathlib import Path

from modelwright.targets.profile import profile_names

UNSUPPORTED = Path(__file__).parents[1] / "fixtures/tensorflow/models/unsupported/frozen.pb"


def test_success(call, small):
    result = call("check", small, "--target", "onnxruntime")
    assert result.code == 0
    assert result.out.splitlines()[0] == f"{small}  ONNX model, 4 nodes, for ONNX Runtime (CPU)"
    assert "success  onnxruntime: 4 of 4 nodes pass" in result.out
    assert not result.err


def test_failure_is_exit_4_after_the_report(call, small):
    result = call("check", small, "--target", "ascend")
    assert result.code == 4
    assert "open sizes in inputs x[N, 3, 8, 8], s[N, 2]" in result.out
    assert "failed  ascend: 4 of 4 nodes pass; 1 fault of the model as a whole" in result.out
    assert f"error MW-V003: {small} does not pass: ascend: the model as a whole fails" in result.err


def test_the_gate_is_open_after_the_remedy(call, small):
    assert call("check", small, "--target", "ascend", "-f", "N:1").code == 0


def test_json(call, small):
    result = call("check", small, "--target", "ascend", "--json")
    assert result.code == 4
    data = json.loads(result.out)
    assert (data["name"], data["target"], data["result"]) == ("small.onnx", "ascend", "failed")
    assert (data["total"], data["pass"], data["fail"]) == (4, 4, 0)
    assert [op["type"] for op in data["op"]] == ["Relu", "Mul", "Add", "Neg"]
    assert data["op"][0]["cause"][0]["code"] == 0
    assert isinstance(json.loads(call("check", small, "--target", "ascend,tflite", "--json").out), list)


def test_a_report_file(call, small, tmp_path):
    output = tmp_path / "out" / "eval_report.json"
    result = call("check", small, "--target", "mindir", "--output", output)
    assert json.loads(output.read_text())["result"] == "success"
    assert "success" in result.out
    assert sorted(item.name for item in output.parent.iterdir()) == ["eval_report.json"]


def test_the_source_must_not_be_the_report(call, small):
    before = small.read_bytes()
    result = call("check", small, "--target", "mindir", "--output", small)
    assert result.code == 2
    assert small.read_bytes() == before


def test_source_operators(call):
    result = call("check", UNSUPPORTED, "--target", "tflite")
    assert result.code == 4
    assert "Igamma of tensorflow has no converter to ONNX" in result.out
    assert "first failing node" in result.out
    assert "tflite: 4 of 7 nodes fail" in result.err


def test_bad_input_is_exit_2(call, small, tmp_path):
    assert call("check", tmp_path / "none.onnx", "--target", "ascend").code == 2
    unknown = call("check", small, "--target", "ascnd")
    assert unknown.code == 2
    assert "did you mean 'ascend'" in unknown.err
    assert "--list-targets" in call("check", small).err
    assert call("check", "--target", "ascend").code == 2
    assert call("check", small, "--target", "ascend", "--jsn").code == 2


def test_a_missing_interpreter_is_exit_3(call, small, tmp_path):
    assert call("check", small, "--target", "tensorrt", "--python", tmp_path / "python").code == 3


def test_list_of_targets(call):
    result = call("check", "--list-targets")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()] == list(profile_names())
    assert "by trial in onnxruntime" in result.out
