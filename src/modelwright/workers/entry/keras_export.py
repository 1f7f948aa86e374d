"""Exports a Keras model as a SavedModel. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy, tensorflow and keras, and imports nothing of modelwright. The
request:

    path          a ``.keras`` or ``.h5`` file, or a folder with config.json and model.weights.h5
    destination   where to write the SavedModel
    op_libraries  shared libraries with operators, loaded first

The SavedModel has one signature, ``serving_default``, in inference mode. Its inputs have the names of the model's
inputs (``my-in`` becomes ``my_in``, ``in`` becomes ``input_in``); its outputs those of the model's outputs, or the keys
of a dictionary that the model returns.
"""

from __future__ import annotations

import contextlib
import json
import keyword
import os
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault, answer, request_in

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ["KERAS_BACKEND"] = "tensorflow"

SIGNATURE = "serving_default"
UNKNOWN_CLASS = re.compile(
    r"Could not locate (?:class|function) '([^']+)'|Unknown (?:layer|object|[a-z ]*function): '?([\w.>]+)'?"
    r"|Unknown [\w ]+: '?([\w.>]+)'?\. Please ensure"
)


def saved_by(path: Path) -> str:
    """The version of Keras that saved an archive or a folder of one; empty where it is not told."""
    if path.is_dir():
        text = (path / "metadata.json").read_bytes() if (path / "metadata.json").is_file() else b"{}"
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            text = archive.read("metadata.json") if "metadata.json" in archive.namelist() else b"{}"
    else:
        return ""
    return str(json.loads(text).get("keras_version", ""))


def import_keras(tf: Any, version: str) -> Any:
    """Keras; for what Keras 2 saved ``tf_keras``, its continuation, where that is installed."""
    if version.startswith("2."):
        with contextlib.suppress(ImportError):
            import tf_keras

            return tf_keras
    try:
        import keras
    except ImportError:
        return tf.keras
    return keras


def load(keras: Any, path: Path, folder: Path) -> Any:
    """The model, not compiled; stored Python code is not run."""
    if path.is_dir():
        archive = folder / "model.keras"
        with zipfile.ZipFile(archive, "w") as file:
            for item in sorted(path.iterdir()):
                if item.is_file() and item.suffix in (".json", ".h5"):
                    file.write(item, item.name)
        path = archive
    try:
        return keras.models.load_model(str(path), compile=False)
    except Exception as error:
        text = str(error)
        unknown = UNKNOWN_CLASS.search(text)
        version = saved_by(path)
        if unknown is not None and version.startswith("2.") and not keras.__version__.startswith("2."):
            raise WorkFault("old", version) from error
        if unknown is not None:
            raise WorkFault("class", next(group for group in unknown.groups() if group)) from error
        if "safe_mode" in text or "unsafe" in text.lower():
            raise WorkFault("code", "it holds a Lambda layer, whose Python code is stored in the file") from error
        raise WorkFault("model", f"{type(error).__name__}: {text}") from error


def names_of(candidates: list[Any], count: int, prefix: str) -> list[str]:
    """``count`` names: the first candidates that fit, else numbered ones."""
    for names in candidates:
        found = [str(name).split(":")[0] for name in names or () if name]
        if len(found) == count == len(set(found)):
            return found
    return [f"{prefix}_{index}" for index in range(count)]


def parameter_names(names: list[str]) -> list[str]:
    """The names as TensorFlow takes them for a function's parameters: words of Python that are no keywords."""
    found: list[str] = []
    for name in names:
        word = re.sub(r"\W", "_", name)
        word = word if word.isidentifier() and not keyword.iskeyword(word) else f"input_{word}"
        while word in found:
            word += "_"
        found.append(word)
    return found


def output_names(model: Any) -> list[Any]:
    """What the model, or the functional model within a Sequential, calls its outputs; else its last layer's name."""
    inner = getattr(model, "_functional", None)
    last = [layer.name for layer in model.layers[-1:]]
    return [getattr(model, "output_names", None), getattr(inner, "output_names", None), last]


def specifications(tf: Any, model: Any) -> list[Any]:
    """A TensorSpec for each input, under the name that Keras gives it."""
    inputs = getattr(model, "inputs", None)
    if not inputs:
        raise WorkFault("model", "its inputs are not known: it was saved before it was built or called")
    tensors = list(tf.nest.flatten(inputs))
    for tensor in tensors:
        if getattr(tensor, "sparse", False) or getattr(tensor, "ragged", False):
            raise WorkFault("model", f"input {tensor.name!r} is sparse or ragged")
    listed = [getattr(model, "input_names", None), [getattr(tensor, "name", None) for tensor in tensors]]
    names = parameter_names(names_of(listed, len(tensors), "input"))
    return [
        tf.TensorSpec(tuple(tensor.shape), tf.as_dtype(tensor.dtype), name=name)
        for tensor, name in zip(tensors, names, strict=True)
    ]


def endpoint(tf: Any, model: Any) -> Any:
    """A function of the flat inputs that gives the outputs by name."""
    structure = getattr(model, "_inputs_struct", None)
    if structure is None:
        structure = getattr(model, "_nested_inputs", None)
    if structure is None:
        structure = model.inputs if len(model.inputs) > 1 else model.inputs[0]

    def serve(*tensors: Any) -> dict[str, Any]:
        outputs = model(tf.nest.pack_sequence_as(structure, list(tensors)), training=False)
        if isinstance(outputs, dict) and all(hasattr(value, "dtype") for value in outputs.values()):
            return {str(key): tf.identity(value) for key, value in outputs.items()}
        flat = tf.nest.flatten(outputs)
        names = names_of(output_names(model), len(flat), "output")
        return {name: tf.identity(value) for name, value in zip(names, flat, strict=True)}

    return serve


def export(tf: Any, keras: Any, model: Any, destination: str) -> None:
    """Writes the SavedModel."""
    specs = specifications(tf, model)
    serve = endpoint(tf, model)
    archive_class = getattr(getattr(keras, "export", None), "ExportArchive", None)
    if archive_class is None:
        tf.saved_model.save(model, destination, signatures={SIGNATURE: tf.function(serve, input_signature=specs)})
        return
    archive = archive_class()
    archive.track(model)
    archive.add_endpoint(SIGNATURE, serve, input_signature=specs)
    archive.write_out(destination)


def run(folder: str) -> dict[str, str]:
    """Does what the request asks and returns the reply's data."""
    request, _ = request_in(folder)
    try:
        import tensorflow as tf
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    try:
        for library in request["op_libraries"]:
            tf.load_op_library(library)
        keras = import_keras(tf, saved_by(Path(request["path"])))
        model = load(keras, Path(request["path"]), Path(folder))
        export(tf, keras, model, request["destination"])
    except WorkFault:
        raise
    except Exception as error:
        raise WorkFault("model", f"{type(error).__name__}: {error}") from error
    return {"framework": f"Keras {keras.__version__} with TensorFlow {tf.__version__}"}


if __name__ == "__main__":
    answer(run, sys.argv[1])
