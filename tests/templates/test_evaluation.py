from modelwright.errors import UnsupportedError
from modelwright.pipeline.recipe import parse_recipe
from modelwright.templates.catalogue import template_named
from modelwright.templates.evaluation import clear_evaluation, write_evaluation


def test_a_model_that_cannot_be_read_leaves_no_evaluation(tmp_path):
    broken = tmp_path / "a.onnx"
    broken.write_bytes(b"\x08\x08not a model")
    recipe = parse_recipe({"source": {"path": str(broken)}, "output": {"path": str(tmp_path / "o.onnx")}})
    write_evaluation(template_named("Onnx-To-Onnx"), recipe, tmp_path, UnsupportedError("no"))
    assert not (tmp_path / "eval_report.json").exists()
    clear_evaluation(tmp_path)
