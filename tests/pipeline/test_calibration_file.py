"""Calibration files as recipes and in Python."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import modelwright as mw
from modelwright.diagnostics import Status
from modelwright.pipeline import quantizing
from modelwright.pipeline.calibration_file import jobs_with
from modelwright.pipeline.observer import Silent
from modelwright.pipeline.recipe import load_recipe
from modelwright.pipeline.request import build_recipe
from modelwright.pipeline.run import run
from modelwright.quantize.checkpoint import Checkpoint


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small network, images for it, and a calibration file."""
    rng = np.random.default_rng(0)
    weight = numpy_helper.from_array((rng.standard_normal((8, 3, 3, 3)) / 5).astype(np.float32), "w")
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], name="conv", pads=[1, 1, 1, 1], strides=[2, 2]),
            helper.make_node("Relu", ["c"], ["r"], name="relu"),
            helper.make_node("GlobalAveragePool", ["r"], ["y"], name="pool"),
        ],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 8, 1, 1])],
        [weight],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "net.onnx"
    )
    (tmp_path / "images").mkdir()
    for index in range(12):
        pixels = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8))
        pixels.resize((20, 24), Image.Resampling.BICUBIC).save(tmp_path / f"images/{index:02}.png")
    listed = "".join(f"images/{index:02}.png\n" for index in range(12))
    (tmp_path / "list.txt").write_text(listed)
    (tmp_path / "config.json").write_text(json.dumps(_config()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _config(**tables):
    entry = {"preprocess_file": "PT_IMAGENET", "data_list_path": "list.txt"}
    return {"calibration_parameters": {"calibration_step": 12, "input_parametres": [entry]}, **tables}


def _kinds(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def _messages(report):
    return [remark.message for remark in report.diagnostics]


def test_the_converted_model_and_the_quantized_one_are_written(folder):
    report = mw.convert("net.onnx", "out.onnx", config="config.json")
    assert report.status is Status.VERIFIED
    assert _kinds("out.onnx") == ["Conv", "Relu", "GlobalAveragePool"]
    assert "QuantizeLinear" in _kinds("out.q.onnx")
    for name in ("out", "out.q"):
        assert json.loads(Path(f"{name}.report.json").read_text())["status"] == "verified"
    assert [step.name for step in report.steps] == ["import", "quantize", "export", "verify"]
    assert not list(folder.glob("*.calibration"))


def test_the_reports_repeat_the_runs_byte_for_byte(folder):
    mw.convert("net.onnx", "out.onnx", config="config.json")
    before = Path("out.q.onnx").read_bytes()
    Path("config.json").unlink()
    report = mw.run("out.q.report.json")
    assert Path("out.q.onnx").read_bytes() == before
    assert "the artifact is the same, byte for byte, as in that report" in _messages(report)
    assert len(report.inputs["calibration data"]) == 64


def test_data_that_changed_are_remarked(folder):
    mw.convert("net.onnx", "out.onnx", config="config.json")
    Image.new("RGB", (20, 24)).save("images/07.png")
    report = mw.run("out.q.report.json")
    assert "the calibration data changed since that report" in _messages(report)


def test_prefix_folder_and_opset_are_the_files(folder):
    model = {"onnx_model": "another.onnx", "output_prefix": "int8", "working_dir": "made/here", "opset": 19}
    report = mw.convert("net.onnx", "out.onnx", config=_config(model_parameters=model))
    assert "QuantizeLinear" in _kinds("made/here/int8.onnx")
    assert onnx.load("made/here/int8.onnx").opset_import[0].version == 19
    assert onnx.load("out.onnx").opset_import[0].version == 17
    assert any("another.onnx is not used: net.onnx was given" in message for message in _messages(report))


@pytest.mark.parametrize(
    ("prefix", "output", "what"), [("net", "out.onnx", "the source"), ("out", "out.onnx", "the converted model")]
)
def test_nothing_is_overwritten(folder, prefix, output, what):
    before = Path("net.onnx").read_bytes()
    with pytest.raises(mw.UsageError, match=f"would overwrite {what}"):
        mw.convert("net.onnx", output, config=_config(model_parameters={"output_prefix": prefix}))
    assert Path("net.onnx").read_bytes() == before
    assert not Path("out.onnx").exists()


def test_mistakes_are_found_before_anything_is_converted(folder):
    (folder / "prepare.py").write_text("def run(paths, entry): ...\n")
    untrusted = _config()
    untrusted["calibration_parameters"]["input_parametres"][0]["preprocess_file"] = "prepare.py:run"
    for config, error in (({"model": {}}, mw.ConfigError), ("none.json", mw.ConfigError), (untrusted, mw.UsageError)):
        with pytest.raises(error):
            mw.convert("net.onnx", "out.onnx", config=config)
    assert not Path("out.onnx").exists()


def test_another_target_is_quantized_itself(folder):
    recipe = build_recipe("net.onnx", "out.tflite", {})
    (job,) = jobs_with(_config(model_parameters={"output_prefix": "x"}), recipe, trust=False)
    assert job.recipe.output.path == "out.tflite"
    assert job.recipe.quantize.settings is not None
    assert [remark.message for remark in job.remarks] == ["output_prefix not used: the quantized model is out.tflite"]


def test_a_file_of_weights_is_not_shared(folder):
    recipe = build_recipe("net.onnx", "out.onnx", {"large_model": True, "external_filename": "weights.bin"})
    first, second = jobs_with("config.json", recipe, trust=False)
    assert first.recipe.output.options == {"external_data": True, "external_filename": "weights.bin"}
    assert second.recipe.output.options == {"external_data": True}


def test_a_recipe_names_a_calibration_file(folder):
    (folder / "sub").mkdir()
    (folder / "sub/recipe.toml").write_text(
        '[source]\npath = "../net.onnx"\n[output]\npath = "made.onnx"\n[quantize]\nconfig = "../config.json"\n'
    )
    report = mw.run("sub/recipe.toml")
    assert "QuantizeLinear" in _kinds("sub/made.onnx")
    assert "config" not in report.recipe["quantize"]
    assert report.recipe["quantize"]["data"]["inputs"][0]["path"] == "../list.txt"
    before = Path("sub/made.onnx").read_bytes()
    mw.run("sub/made.report.json")
    assert Path("sub/made.onnx").read_bytes() == before


def test_a_recipe_says_its_settings_once(folder):
    text = json.dumps(
        {
            "source": {"path": "net.onnx"},
            "output": {"path": "made.onnx"},
            "quantize": {"config": "config.json", "settings": {"level": 1}},
        }
    )
    (folder / "recipe.json").write_text(text)
    with pytest.raises(mw.RecipeError, match=r"quantize\.config is given beside quantize\.settings"):
        load_recipe(folder / "recipe.json")


class _Interrupts(Silent):
    def advance(self, done, of):
        if done == 7:
            raise KeyboardInterrupt


def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(folder, monkeypatch):
    mw.convert("net.onnx", "whole.onnx", config="config.json")
    monkeypatch.setattr(quantizing, "Checkpoint", partial(Checkpoint, seconds=0))
    recipe = jobs_with("config.json", build_recipe("net.onnx", "whole.onnx", {}), trust=False)[1].recipe
    moved = build_recipe("whole.onnx", "again.onnx", {}, quantize=recipe.data()["quantize"])
    with pytest.raises(KeyboardInterrupt, match=r"goes on from what is kept in again\.onnx\.calibration"):
        run(moved, observer=_Interrupts())
    assert not Path("again.onnx").exists()
    assert json.loads(Path("again.onnx.calibration/state.json").read_text())["batches"] == 6
    heard = []

    class Hears(Silent):
        def advance(self, done, of):
            heard.append(done)

    run(moved, observer=Hears())
    assert heard[0] > 6
    assert Path("again.onnx").read_bytes() == Path("whole.q.onnx").read_bytes()
    assert not Path("again.onnx.calibration").exists()
