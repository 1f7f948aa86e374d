"""TensorFlow.js models against what TensorFlow.js itself computed (``tests/fixtures/tensorflow/tfjs/make_tfjs.py``)."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from modelwright.diagnostics import Status
from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tensorflow.describe import describe
from modelwright.frontends.tensorflow.reader import read_model
from modelwright.frontends.tensorflow.tfjs import open_tfjs, tfjs_files
from modelwright.pipeline.api import convert

MODELS = Path(__file__).parents[2] / "fixtures/tensorflow/tfjs"


@pytest.fixture
def model(tmp_path):
    """A copy of the network, to be damaged."""
    return Path(shutil.copytree(MODELS / "network", tmp_path / "model"))


def _edit(folder, change):
    file = folder / "model.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


@pytest.mark.parametrize("name", ["network", "network_uint8", "network_float16", "vocabulary"])
def test_results_are_those_of_tensorflow_js(tmp_path, name):
    report = convert(MODELS / name, tmp_path / "m.onnx", reference=MODELS / f"{name}.npz")
    assert report.status is Status.VERIFIED
    assert report.recipe["source"]["format"] == "tfjs"
    assert set(report.inputs) >= {"model.json", "group1-shard1of3.bin" if name == "network" else "group1-shard1of1.bin"}


def test_the_frozen_graph_holds_operators_of_tensorflow_only():
    read = read_model(MODELS / "network")
    operators = {node.op for node in read.graph.node}
    assert {"Conv2D", "DepthwiseConv2dNative", "MatMul", "BiasAdd", "Relu6"} <= operators
    assert not {"_FusedConv2D", "FusedDepthwiseConv2dNative", "_FusedMatMul", "Prelu"} & operators
    assert read.kind == "tfjs"
    assert [tensor.name for tensor in (*read.inputs, *read.outputs)] == ["image", "scores"]


def test_folder_or_file_and_what_belongs_to_it():
    assert [path.name for path in tfjs_files(MODELS / "network/model.json")] == [
        "model.json",
        "group1-shard1of3.bin",
        "group1-shard2of3.bin",
        "group1-shard3of3.bin",
    ]
    assert len(open_tfjs(MODELS / "network/model.json").nodes) == len(open_tfjs(MODELS / "network").nodes)
    with pytest.raises(ModelNotFoundError):
        open_tfjs(MODELS)


def test_an_old_signature_and_none_at_all(model):
    def older(document):
        document["userDefinedMetadata"] = {"signature": document.pop("signature")}

    _edit(model, older)
    assert open_tfjs(model).outputs[0].name == "scores"
    _edit(model, lambda document: document.pop("userDefinedMetadata"))
    assert open_tfjs(model).outputs is None
    assert [tensor.name for tensor in read_model(model).outputs] == ["Identity:0"]


def test_a_table_is_an_input_no_more():
    source = open_tfjs(MODELS / "vocabulary")
    assert [tensor.name for tensor in source.inputs] == ["words"]
    read = read_model(MODELS / "vocabulary")
    ((keys, values),) = read.tables.values()
    assert keys.tolist() == [b"cat", b"dog", "été".encode()]
    np.testing.assert_array_equal(values, [3, 5, 8])


def test_what_info_says():
    found = describe(MODELS / "network", Format.TFJS)
    assert (found.format, found.parameters) == ("TensorFlow.js model", 1995)
    assert [str(item) for item in found.inputs] == ["image: float32[?, 11, 9, 3]"]
    assert found.operators["Conv2D"] == 2


@pytest.mark.parametrize("kept", [0, 1000])
def test_a_short_shard(model, kept):
    shard = model / "group1-shard2of3.bin"
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.raises(ModelFormatError, match=r"group1-shard2of3\.bin.* bytes, but the weights up to"):
        open_tfjs(model)


def test_a_missing_shard(model):
    (model / "group1-shard3of3.bin").unlink()
    with pytest.raises(ModelNotFoundError, match=r"group1-shard3of3\.bin"):
        open_tfjs(model)


def test_damaged_json(model):
    file = model / "model.json"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ModelFormatError, match=r"model\.json: not valid JSON"):
        open_tfjs(model)
    file.write_text("[]")
    with pytest.raises(ModelFormatError, match="holds no model"):
        open_tfjs(model)


def test_json_that_is_no_graph(model):
    _edit(model, lambda document: document["modelTopology"]["node"][0].update(op=3))
    with pytest.raises(ModelFormatError, match="not a GraphDef as JSON"):
        open_tfjs(model)
    _edit(model, lambda document: document.update(modelTopology={"something": 1}))
    with pytest.raises(ModelFormatError, match="holds no graph"):
        open_tfjs(model)


def test_layers_are_another_kind(model):
    _edit(model, lambda document: document.update(format="layers-model"))
    with pytest.raises(ModelFormatError, match="layers-model") as caught:
        open_tfjs(model)
    assert "--keras" in caught.value.hint


def test_constants_without_weights_are_named(model):
    _edit(model, lambda document: document["weightsManifest"][0]["weights"].pop())
    with pytest.raises(ModelFormatError, match="lacks 1 constants: "):
        open_tfjs(model)


def test_only_a_graph_without_tables_is_written_for_tensorflow(tmp_path, monkeypatch):
    from modelwright.frontends.tensorflow.places import runnable

    monkeypatch.setenv("MODELWRIGHT_TF_PYTHON", "/bin/sh")
    for name, found in (("network", Format.TF_GRAPHDEF), ("vocabulary", Format.TFJS)):
        request = LoadRequest(path=MODELS / name, format=Format.TFJS, scratch=tmp_path)
        assert runnable(request, read_model(MODELS / name))["format"] is found


@pytest.mark.oracle_tf
def test_tensorflow_computes_the_same(tmp_path):
    assert convert(MODELS / "network_uint8", tmp_path / "m.onnx").status is Status.VERIFIED
