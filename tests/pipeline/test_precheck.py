import json
from dataclasses import replace
from pathlib import Path

from modelwright.backends.manifests import backend_named
from modelwright.frontends.manifest import Imported
from modelwright.hub import io
from modelwright.pipeline.precheck import ask, eval_path, refusal, remarks, store
from modelwright.pipeline.recipe import parse_recipe
from modelwright.targets.causes import Cause, Code

MODEL = """
<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
net (float[N, 4] x, float[1, 2] z) => (float[N, 4] y)
{
    a = Relu (x)
    b = my.Twist (a)
    y = my.Turn (b)
}
"""
OPTIONS = {"soc_version": "Ascend310", "dynamic_batch_size": "1,2"}


def asked(path, tmp_path, **options):
    recipe = parse_recipe(
        {
            "source": {"path": str(path), "format": "onnx"},
            "output": {"path": str(tmp_path / "m.om"), "target": "ascend", "options": OPTIONS | options},
        }
    )
    imported = Imported(model=io.load(path), summary=None, files=(path,))
    return ask(recipe, backend_named("ascend"), imported), imported


def test_what_the_table_refuses(write_onnx, tmp_path):
    report, imported = asked(write_onnx(MODEL), tmp_path)
    assert [node.type for node in report.failed_nodes] == ["my:Twist", "my:Turn"]
    error = refusal(report, tmp_path / "m.om")
    assert "does not take 2 of 3 nodes" in error.message
    assert "m.eval_report.json has all" in error.hint
    store(report, tmp_path / "e.json")
    assert json.loads((tmp_path / "e.json").read_text())["fail"] == 2
    assert str(imported.model.graph.inputs[0].shape[0]) == "N"


def test_gears_answer_open_sizes(small, tmp_path):
    report, _ = asked(small, tmp_path)
    assert refusal(report, tmp_path / "m.om") is None
    assert [item for item in remarks(report) if "open sizes" in item.message] == []


def test_fixed_shapes_are_set_before(small, tmp_path):
    options = dict(OPTIONS)
    recipe = parse_recipe(
        {
            "source": {"path": str(small), "format": "onnx"},
            "output": {
                "path": str(tmp_path / "m.om"),
                "target": "ascend",
                "options": {"soc_version": options["soc_version"], "input_shape": "x:4,3,8,8;s:4,2"},
            },
        }
    )
    imported = Imported(model=io.load(small), summary=None, files=(small,))
    report = ask(recipe, backend_named("ascend"), imported)
    assert report.target == "ascend"
    assert report.passed
    assert list(imported.model.graph.outputs[0].shape) == [4, 3, 8, 8]


def test_nothing_is_asked_for_other_targets(small, tmp_path):
    recipe = parse_recipe(
        {"source": {"path": str(small), "format": "onnx"}, "output": {"path": str(tmp_path / "m.onnx")}}
    )
    imported = Imported(model=io.load(small), summary=None, files=(small,))
    assert ask(recipe, backend_named("onnx"), imported) is None
    assert asked(small, tmp_path, skip_check=True)[0] is None


def test_remarks_name_the_nodes(write_onnx, tmp_path):
    text = MODEL.replace("my.Twist", "Relu").replace("my.Turn", "Neg").replace("float[N, 4] y", "float[M, 4] y")
    report, _ = asked(write_onnx(text), tmp_path)
    cause = Cause(code=Code.SHAPE_UNKNOWN, message="its shape is unknown")
    nodes = tuple(replace(node, causes=(cause,)) for node in report.nodes)
    (found,) = remarks(replace(report, nodes=nodes))
    assert found.message == f"{', '.join(node.name for node in nodes)}: its shape is unknown"
    assert eval_path(Path("a/b.om")) == Path("a/b.eval_report.json")
