"""Keras models, with a worker that stands in for Keras; those marked run Keras itself."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from modelwright.diagnostics import Status
from modelwright.errors import ConversionError, ModelFormatError, ToolMissingError, UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tensorflow import keras as module
from modelwright.frontends.tensorflow.describe import describe
from modelwright.frontends.tensorflow.load import load
from modelwright.pipeline.api import convert

EXAMPLE = Path(__file__).parents[3] / "examples/digits"
FAKE = """
import json, pathlib, shutil, sys
folder = pathlib.Path(sys.argv[1])
request = json.loads((folder / "request.json").read_text())["request"]
kind = {kind!r}
reply = {{"version": 1, "ok": kind is None}}
if kind is None:
    shutil.copytree({saved_model!r}, request["destination"])
    reply.update(data={{"framework": "Keras 9"}}, arrays=[])
else:
    reply["error"] = {{"kind": kind, "message": "Mine"}}
(folder / "reply.json").write_text(json.dumps(reply))
"""
CONFIG = {
    "class_name": "Functional",
    "config": {
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {"name": "image", "batch_shape": [None, 8, 8, 3], "dtype": "float32"},
            },
            {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {}}]}},
            {"class_name": "Dense", "config": {"name": "scores"}},
        ],
        "output_layers": {"a": ["scores", 0, 0], "b": [["box", 0, 0]]},
    },
}


@pytest.fixture
def archive(tmp_path):
    """A file that looks like a Keras model."""
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(CONFIG))
        file.writestr("metadata.json", json.dumps({"keras_version": "3.9"}))
        file.writestr("model.weights.h5", b"")
    return path


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Puts a worker in the place of Keras that gives the example, or a fault."""

    def make(kind=None):
        script = tmp_path / "fake.py"
        script.write_text(FAKE.format(kind=kind, saved_model=str(EXAMPLE / "saved_model")))
        monkeypatch.setattr(module, "_ENTRY", script)
        monkeypatch.setenv("MODELWRIGHT_TF_PYTHON", sys.executable)

    return make


def test_a_model_is_exported_and_read(fake, archive, tmp_path):
    fake()
    report = convert(archive, tmp_path / "m.onnx", reference=EXAMPLE / "reference.npz")
    assert report.status is Status.VERIFIED
    assert report.steps[0].summary[0] == "exported as a SavedModel by Keras 9"
    assert list(report.inputs) == ["model.keras"]
    assert report.source.format == "Keras model"
    assert report.recipe["source"]["format"] == "keras"


def test_what_is_run_is_what_was_exported(fake, archive, tmp_path):
    fake()
    imported = load(LoadRequest(path=archive, format=Format.KERAS, scratch=tmp_path / "scratch"))
    assert (imported.details["path"], imported.details["format"]) == (
        tmp_path / "scratch/exported",
        Format.TF_SAVED_MODEL,
    )
    assert [item.source for item in imported.inputs] == ["image"]


@pytest.mark.parametrize(
    ("kind", "error", "message", "hint"),
    [
        ("module", ToolMissingError, "cannot be imported there", "TensorFlow"),
        ("class", ConversionError, "custom class or function 'Mine'", "model.export"),
        ("code", ConversionError, "code from a file is not run", "model.export"),
        ("old", ModelFormatError, "saved by Keras Mine", "tf_keras"),
        ("model", ModelFormatError, "cannot load or export it", "only weights"),
    ],
)
def test_faults_become_errors(fake, archive, tmp_path, kind, error, message, hint):
    fake(kind)
    with pytest.raises(error, match=message) as caught:
        load(LoadRequest(path=archive, format=Format.KERAS, scratch=tmp_path))
    assert hint in caught.value.hint


def test_no_interpreter(archive, tmp_path, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_TF_PYTHON", raising=False)
    with pytest.raises(ToolMissingError, match="loaded by Keras") as caught:
        convert(archive, tmp_path / "m.onnx")
    assert "--tf-python" in caught.value.hint
    assert "--saved-model" in caught.value.hint


def test_there_is_no_signature_to_choose(fake, archive, tmp_path):
    fake()
    with pytest.raises(UsageError, match="--signature_def is for SavedModels"):
        convert(archive, tmp_path / "m.onnx", signature_def="x")


def test_layers_are_described_without_keras(archive, tmp_path):
    found = describe(archive, Format.KERAS)
    assert found.operators == {"Dense": 2, "InputLayer": 1}
    assert [str(item) for item in found.inputs] == ["image: float32[?, 8, 8, 3]"]
    assert [item.name for item in found.outputs] == ["scores", "box"]
    assert found.details == {"class": "Functional", "producer": "Keras 3.9"}
    assert not found.weights_known
    hdf5 = tmp_path / "m.h5"
    hdf5.write_bytes(b"\x89HDF\r\n\x1a\n")
    assert (describe(hdf5, Format.KERAS).file_bytes, describe(hdf5, Format.KERAS).nodes) == (8, 0)


def test_a_damaged_archive(tmp_path):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", "{")
    with pytest.raises(ModelFormatError, match=r"config\.json is not valid JSON"):
        describe(path, Format.KERAS)


MAKE = """
import sys, zipfile, keras
folder = sys.argv[1]
image, extra = keras.Input((9, 7, 3), name="image"), keras.Input((4,), name="extra")
x = keras.layers.Conv2D(5, 3, strides=2, padding="same", activation="relu")(image)
x = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(x), extra])
scores, box = keras.layers.Dense(3, activation="softmax", name="scores")(x), keras.layers.Dense(2, name="box")(x)
model = keras.Model([image, extra], [scores, box])
model.save(folder + "/list.keras")
model.save(folder + "/list.h5")
zipfile.ZipFile(folder + "/list.keras").extractall(folder + "/unpacked")
keras.Model({"i": image, "e": extra}, {"s": scores, "b": box}).save(folder + "/table.keras")
keras.Sequential([keras.Input((8,), name="in"), keras.layers.Dense(3, name="out")]).save(folder + "/chain.keras")
@keras.saving.register_keras_serializable("Mine")
class Twice(keras.layers.Layer):
    def call(self, x):
        return x * 2
keras.Sequential([keras.Input((8,)), Twice()]).save(folder + "/custom.keras")
keras.Sequential([keras.Input((8,)), keras.layers.Lambda(lambda x: x * 2)]).save(folder + "/code.keras")
"""


@pytest.mark.oracle_tf
def test_keras_itself(tmp_path):
    python = os.environ["MODELWRIGHT_TF_PYTHON"]
    subprocess.run([python, "-c", MAKE, tmp_path], check=True, timeout=300, capture_output=True)
    for name, inputs, outputs in (
        ("list.keras", {"extra", "image"}, {"box", "scores"}),
        ("list.h5", {"extra", "image"}, {"box", "scores"}),
        ("unpacked", {"extra", "image"}, {"box", "scores"}),
        ("table.keras", {"extra", "image"}, {"b", "s"}),
        ("chain.keras", {"input_in"}, {"out"}),
    ):
        report = convert(tmp_path / name, tmp_path / "m.onnx")
        assert report.status is Status.VERIFIED
        assert {item.name for item in report.artifact.inputs} == inputs
        assert {item.name for item in report.artifact.outputs} == outputs
    with pytest.raises(ConversionError, match="'Twice'"):
        convert(tmp_path / "custom.keras", tmp_path / "m.onnx")
    with pytest.raises(ConversionError, match="Lambda layer"):
        convert(tmp_path / "code.keras", tmp_path / "m.onnx")
