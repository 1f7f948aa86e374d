import json


def test_a_recipe_and_its_report(call, small, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[source]\npath = "small.onnx"\n[output]\npath = "o/m.onnx"\n')
    assert call("run", recipe).code == 0
    before = (tmp_path / "o/m.onnx").read_bytes()
    result = call("run", tmp_path / "o/m.report.json")
    assert result.code == 0, result.err
    assert "the artifact is the same, byte for byte" in result.out
    assert (tmp_path / "o/m.onnx").read_bytes() == before


def test_another_output_and_json(call, small, tmp_path):
    call("convert", "onnx", "--input", small, "-o", tmp_path / "m.onnx")
    result = call("run", tmp_path / "m.report.json", "-o", tmp_path / "n.onnx", "--json")
    data = json.loads(result.out)
    assert data["recipe"]["output"]["path"] == "n.onnx"
    assert data["diagnostics"][-1]["stage"] == "repeat"
    assert (tmp_path / "n.onnx").exists()


def test_dry_run(call, small, tmp_path):
    recipe = tmp_path / "r.json"
    recipe.write_text(json.dumps({"source": {"path": "small.onnx"}, "output": {"path": "m.onnx"}}))
    assert call("run", recipe, "--dry-run").code == 0
    assert not (tmp_path / "m.onnx").exists()


def test_a_key_that_is_not_there(call, tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text('[source]\npath = "a.onnx"\n[output]\npath = "m.onnx"\nopsett = 3\n')
    result = call("run", recipe)
    assert result.code == 2
    assert "'output.opsett'" in result.err
    assert "did you mean 'opset'" in result.err
