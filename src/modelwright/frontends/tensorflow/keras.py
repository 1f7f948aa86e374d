"""Keras models: recognized and described here, exported as a SavedModel by Keras itself in a worker.

A ``.keras`` file is a zip archive with ``config.json`` (the layers), ``metadata.json`` and ``model.weights.h5``; saved
unpacked it is a folder with the same files. Older models are HDF5 files whose attribute ``model_config`` is that JSON.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from modelwright import workers
from modelwright.diagnostics import ModelSummary
from modelwright.errors import ConversionError, ModelFormatError, ToolMissingError, UsageError
from modelwright.formats import Format, TensorSpec
from modelwright.frontends.tensorflow.recognize import KERAS_CONFIG
from modelwright.workers.interpreters import TENSORFLOW_VARIABLE, find_tensorflow
from modelwright.workers.protocol import Fault
from modelwright.workers.runner import run_worker

_LARGEST_TEXT: Final = 1 << 28
_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "keras_export.py"


def keras_files(path: Path) -> tuple[Path, ...]:
    """The model's files, in order of their names."""
    return (path,) if path.is_file() else tuple(sorted(item for item in path.iterdir() if item.is_file()))


def export_keras(
    path: Path, *, python: Path | None, scratch: Path, op_libraries: Sequence[str] = ()
) -> tuple[Path, str]:
    """Has Keras export a model as a SavedModel.

    Args:
        path: The model.
        python: The interpreter that the user named; None for the environment's.
        scratch: Where the SavedModel goes.
        op_libraries: Shared libraries with operators to load first.

    Returns:
        The SavedModel's folder, and what exported it.

    Raises:
        ToolMissingError: No interpreter is named, or it lacks TensorFlow or Keras.
        ConversionError: The model uses classes or stored code that Keras does not load by itself.
        ModelFormatError: Keras cannot load or export it.
        ToolError: The worker failed.
    """
    interpreter = find_tensorflow(python)
    if interpreter is None:
        raise ToolMissingError(
            f"{path}: a Keras model is loaded by Keras, and no interpreter that has it is named",
            hint=f"name one with --tf-python or {TENSORFLOW_VARIABLE} (an environment with `pip install tensorflow`), "
            "or export the model with model.export(directory) and give that with --saved-model",
        )
    destination = scratch / "exported"
    request = {
        "path": str(path.absolute()),
        "destination": str(destination),
        "op_libraries": [str(Path(library).absolute()) for library in op_libraries],
    }
    reply = run_worker(_ENTRY, request, python=interpreter)
    if reply.fault is not None:
        raise _explained(reply.fault, path, interpreter)
    return destination, str(reply.data["framework"])


def _explained(fault: Fault, path: Path, python: Path) -> ToolMissingError | ConversionError | ModelFormatError:
    export = "export the model where it is made, model.export(directory), and give that with --saved-model"
    if fault.kind == "module":
        return ToolMissingError(
            f"{python}: TensorFlow with Keras cannot be imported there ({fault.message})",
            hint="name the python of an environment with TensorFlow",
        )
    if fault.kind == "class":
        return ConversionError(
            f"{path}: uses the custom class or function {fault.message!r}, whose code is not in the file", hint=export
        )
    if fault.kind == "old":
        return ModelFormatError(
            f"{path}: was saved by Keras {fault.message}, which the Keras there does not read",
            hint=f"install tf_keras in the environment of {python}, or save the model as .h5 where it is made",
        )
    if fault.kind == "code":
        return ConversionError(f"{path}: {fault.message}; code from a file is not run", hint=export)
    return ModelFormatError(
        f"{path}: Keras cannot load or export it ({fault.message})",
        hint="is it a whole model, not only weights, and saved by a version of Keras that this one reads?",
    )


def refuse_choices(options: Mapping[str, Any], path: Path) -> None:
    """Options that choose among the graphs of a SavedModel have no meaning here.

    Raises:
        UsageError: One is given.
    """
    for name in ("tag", "signature_def", "concrete_function", "use_graph_names"):
        if options.get(name):
            raise UsageError(f"--{name} is for SavedModels; {path} is a Keras model", hint=f"leave --{name} out")


def describe_keras(path: Path) -> ModelSummary:
    """Layers of a ``.keras`` file from its configuration; of HDF5 files only format and size."""
    size = sum(item.stat().st_size for item in keras_files(path))
    found = _configuration(path)
    layers = list(_layers(found)) if found is not None else []
    counts = Counter(str(layer.get("class_name")) for layer in layers)
    details = {"class": str(found.get("class_name", "")), "producer": _producer(path)} if found is not None else {}
    return ModelSummary(
        format=Format.KERAS.label,
        inputs=tuple(_input(layer) for layer in layers if layer.get("class_name") == "InputLayer"),
        outputs=tuple(TensorSpec(name=name, dtype="unknown", shape=None) for name in _output_layers(found or {})),
        operators=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        parameters=0,
        weight_bytes=0,
        file_bytes=size,
        details={name: value for name, value in details.items() if value},
        weights_known=False,
    )


def _configuration(path: Path) -> dict[str, Any] | None:
    """The layers as Keras wrote them, or None where they cannot be read without HDF5.

    Raises:
        ModelFormatError: The archive or its JSON is damaged.
    """
    text = _member(path, KERAS_CONFIG)
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(
            f"{path}: {KERAS_CONFIG} is not valid JSON ({error})", hint="save the model again"
        ) from error
    return found if isinstance(found, dict) else None


def _member(path: Path, name: str) -> bytes | None:
    if path.is_dir():
        return (path / name).read_bytes() if (path / name).is_file() else None
    if not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if name not in archive.namelist():
                return None
            if archive.getinfo(name).file_size > _LARGEST_TEXT:
                raise ModelFormatError(f"{path}: {name} claims to be larger than 256 MiB", hint="save the model again")
            return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ModelFormatError(f"{path}: a damaged zip archive ({error})", hint="copy the model again") from error


def _producer(path: Path) -> str:
    text = _member(path, "metadata.json")
    try:
        metadata = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return ""
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return f"Keras {version}" if version else ""


def _layers(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The layers of a model, those of models within it instead of these."""
    config = item.get("config")
    nested = config.get("layers") if isinstance(config, Mapping) else None
    for layer in nested if isinstance(nested, list) else ():
        inner = layer.get("config") if isinstance(layer, Mapping) else None
        if isinstance(inner, Mapping) and isinstance(inner.get("layers"), list):
            yield from _layers(layer)
        elif isinstance(layer, Mapping):
            yield layer


def _output_layers(configuration: Mapping[str, Any]) -> list[str]:
    """Names of the layers that give the outputs, as ``[layer, node, tensor]`` or nested lists and tables of such."""
    config = configuration.get("config")
    found: list[str] = []
    pending: list[Any] = [config.get("output_layers")] if isinstance(config, Mapping) else []
    while pending:
        item = pending.pop(0)
        if isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
            found.append(item[0])
        elif isinstance(item, list | Mapping):
            pending = [*(item.values() if isinstance(item, Mapping) else item), *pending]
    return found


def _input(layer: Mapping[str, Any]) -> TensorSpec:
    config: Mapping[str, Any] = layer.get("config") or {}
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    dtype = config.get("dtype")
    sizes = tuple(size if isinstance(size, int) else None for size in shape) if isinstance(shape, list) else None
    return TensorSpec(name=str(config.get("name")), dtype=dtype if isinstance(dtype, str) else "unknown", shape=sizes)
