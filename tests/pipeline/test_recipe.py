import json

import pytest

from modelwright.errors import ModelNotFoundError, RecipeError
from modelwright.pipeline.recipe import load_recipe, parse_recipe

TEXT = """
[source]
path = "models/net.onnx"
format = "onnx"

[options]
inputs = "x[1,3,8,8],s[1,2]"
free_dim_param = { N = 1 }

[output]
path = "net.out.onnx"

[verify]
reference = "../ref.npz"
rtol = 1
"""


def test_a_toml_file_with_paths_relative_to_it(tmp_path):
    path = tmp_path / "a" / "recipe.toml"
    path.parent.mkdir()
    path.write_text(TEXT)
    recipe, report = load_recipe(path)
    assert report is None
    assert recipe.source.path == str(tmp_path / "a/models/net.onnx")
    assert recipe.verify.reference == str(tmp_path / "ref.npz")
    assert recipe.options == {"inputs": ["x[1,3,8,8]", "s[1,2]"], "free_dim_param": {"N": 1}}
    assert recipe.portable(tmp_path / "a")["source"]["path"] == "models/net.onnx"


def test_json_and_reports_hold_recipes(tmp_path):
    data = {"source": {"path": "m.onnx"}, "output": {"path": "o.onnx"}}
    (tmp_path / "r.json").write_text(json.dumps(data))
    recipe, report = load_recipe(tmp_path / "r.json")
    assert (recipe.source.path, report) == (str(tmp_path / "m.onnx"), None)
    (tmp_path / "o.report.json").write_text(json.dumps({"recipe": data, "status": "verified"}))
    again, report = load_recipe(tmp_path / "o.report.json")
    assert again == recipe
    assert report["status"] == "verified"


def test_side_files_are_paths_too(tmp_path):
    data = {"source": {"path": "m"}, "options": {"output_frozen_graph": "f.pb"}, "output": {"path": "o.onnx"}}
    assert parse_recipe(data).located(tmp_path).options["output_frozen_graph"] == str(tmp_path / "f.pb")


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"sorce": {}}, "unknown key 'sorce'", "'source'"),
        ({"output": {"path": "o", "opsett": 17}}, "unknown key 'output.opsett'", "'opset'"),
        ({"verify": {"rtoll": 1}}, "unknown key 'verify.rtoll'", "'rtol'"),
        ({"verify": {"tf_pyton": "python3"}}, "unknown key 'verify.tf_pyton'", "'tf_python'"),
        ({"verify": {"tf_python": 3}}, "verify.tf_python is 3", "correct"),
        ({"source": {}}, "'source.path' is missing", "[source] path"),
        ({"output": {"path": "o", "opset": "17"}}, "output.opset is '17'", "correct"),
        ({"verify": {"rtol": -1.0}}, "verify.rtol is -1.0", "correct"),
        ({"source": {"path": "m", "format": "mxnet"}}, "source.format is 'mxnet'", "onnx, "),
        ({"source": {"path": "m", "format": "tf-graphdf"}}, "source.format is 'tf-graphdf'", "'tf-graphdef'"),
        ({"version": 2}, "version is 2", "correct"),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_key(change, message, hint):
    with pytest.raises(RecipeError) as caught:
        parse_recipe({"source": {"path": "m"}, "output": {"path": "o"}, **change})
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_all_problems_at_once():
    with pytest.raises(RecipeError, match=r"'a'.*'b'"):
        parse_recipe({"source": {"path": "m"}, "output": {"path": "o"}, "a": 1, "b": 2})


def test_files_that_hold_no_recipe(tmp_path):
    with pytest.raises(ModelNotFoundError, match="no recipe"):
        load_recipe(tmp_path / "none.toml")
    for name, text, match in [
        ("a.toml", "x = ", "not valid TOML"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[" * 100_000, "not valid JSON"),
        ("a.toml", "x = " + "[" * 100_000, "not valid TOML"),
        ("b.json", "[1]", "holds no recipe"),
    ]:
        (tmp_path / name).write_text(text)
        with pytest.raises(RecipeError, match=match):
            load_recipe(tmp_path / name)
    (tmp_path / "bin.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(tmp_path / "bin.json")


def test_interpreters_are_paths_of_the_frontends_keys(tmp_path):
    data = {"source": {"path": "m"}, "output": {"path": "o.onnx"}, "verify": {"tf_python": "env/bin/python"}}
    recipe = parse_recipe(data).located(tmp_path)
    assert recipe.verify.interpreter("tf_python") == str(tmp_path / "env/bin/python")
    assert recipe.verify.interpreter("other_python") is None
    assert recipe.portable(tmp_path)["verify"]["tf_python"] == "env/bin/python"
