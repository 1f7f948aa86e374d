import json
import shutil
import zipfile
from pathlib import Path

import onnx
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/digits/saved_model"
READER = Path(__file__).parents[1] / "fixtures/tensorflow/reader"


def test_an_onnx_model(call, small):
    result = call("info", small)
    assert result.code == 0
    for text in ("ONNX model", "x: float32[N, 3, 8, 8]", "dim 0: dim_param 'N'", "ai.onnx 17", "Add 1, Mul 1"):
        assert text in result.out


def test_a_saved_model(call):
    out = call("info", EXAMPLE).out
    for text in ("TensorFlow SavedModel", "13,578", "serving_default", "Conv2D 8", "tags        serve"):
        assert text in out


@pytest.mark.parametrize("name", ["tf1_graph.pb", "tf1_graph.pbtxt", "tf1_checkpoint", "tables", "tf2_module"])
def test_json_of_every_kind(call, name):
    data = json.loads(call("info", READER / name, "--json").out)
    assert data["format"].startswith("TensorFlow")
    assert data["nodes"] == sum(data["operators"].values()) > 0
    assert data["inputs"]


def test_a_model_without_its_weights_can_still_be_described(call, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "m")
    shutil.rmtree(tmp_path / "m" / "variables")
    assert "13,578" in call("info", tmp_path / "m").out


def test_long_lists_are_cut_unless_asked_for(call, write_onnx):
    inputs = ", ".join(f"float[2] x{i}" for i in range(20))
    nodes = "\n".join(f"  y{i} = Abs (x{i})" for i in range(20))
    outputs = inputs.replace(" x", " y")
    path = write_onnx(f'<ir_version: 8, opset_import: ["" : 17]>\ng ({inputs}) => ({outputs}) {{\n{nodes}\n}}')
    assert "and 8 more (-v)" in call("info", path).out
    assert "x19" in call("info", path, "-v").out


def test_what_is_no_model(call, tmp_path):
    assert call("info", tmp_path / "none.onnx").code == 2
    (tmp_path / "m.onnx").write_bytes(b"nonsense")
    result = call("info", tmp_path / "m.onnx")
    assert result.code == 2
    assert "m.onnx" in result.err


def test_spines_spelling(call, small):
    result = call("helper", "info", "--onnx", small, "-si")
    assert result.out.splitlines() == [
        "x: float32[N, 3, 8, 8]",
        "  dim 0: dim_param 'N' (-f N:SIZE)",
        "s: float32[N, 2]",
        "  dim 0: dim_param 'N' (-f N:SIZE)",
        "Total number of inputs: 2",
    ]
    assert "Total number of outputs: 2" in call("helper", "info", "--onnx", small, "-so").out
    assert call("helper", "info", "--onnx", small).code == 2


def test_denotations(call, small):
    model = onnx.load(small)
    model.graph.input[0].type.tensor_type.shape.dim[1].denotation = "DATA_CHANNEL"
    onnx.save(model, small)
    assert (
        "dim 1: denotation 'DATA_CHANNEL' (-F DATA_CHANNEL:SIZE)" in call("helper", "info", "--onnx", small, "-si").out
    )


def test_a_keras_archive_shows_its_layers_and_no_weights(call, tmp_path):
    path = tmp_path / "m.keras"
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {}}]}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    out = call("info", path).out
    assert "Dense 1" in out
    assert "parameters" not in out
    assert "inputs      (not read)" in out
