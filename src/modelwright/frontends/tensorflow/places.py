"""Where a model lies: its files, what is read of it, and what TensorFlow runs for comparison."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Final

from modelwright.errors import InternalError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tensorflow.checkpoint import checkpoint_prefix
from modelwright.frontends.tensorflow.freeze_file import save_frozen_graph
from modelwright.frontends.tensorflow.keras import export_keras, keras_files, refuse_choices
from modelwright.frontends.tensorflow.reader import TensorFlowModel
from modelwright.frontends.tensorflow.saved_model import saved_model_file
from modelwright.frontends.tensorflow.tfjs import tfjs_files
from modelwright.workers.interpreters import find_tensorflow

_AS_READ: Final = "as_read.pb"


def readable_model(request: LoadRequest) -> tuple[LoadRequest, tuple[str, ...]]:
    """The request for what is read natively, and phrases on what was done for it: Keras models are exported first.

    Raises:
        UsageError: An option does not fit the format.
        ConversionError: A Keras model needs code that is not in the file.
        ToolError: A Keras model's interpreter is missing or fails.
    """
    libraries: tuple[str, ...] = tuple(request.options.get("load_op_libraries", ()))
    if request.format is not Format.KERAS:
        return request, ()
    refuse_choices(request.options, request.path)
    folder, tool = export_keras(request.path, python=request.python, scratch=_scratch(request), op_libraries=libraries)
    read = dataclasses.replace(request, path=folder, format=Format.TF_SAVED_MODEL)
    return read, (f"exported as a SavedModel by {tool}",)


def runnable(request: LoadRequest, model: TensorFlowModel) -> dict[str, Any]:
    """Path and format of what TensorFlow runs: a SavedModel's folder, a checkpoint's ``.meta`` file.

    Of a TensorFlow.js model it is the graph as read here, written only where an interpreter is named; one with lookup
    tables stays as it is, for a graph does not hold their contents.
    """
    path, source = request.path, request.format
    if source is Format.TF_SAVED_MODEL:
        path = saved_model_file(path).parent
    elif source is Format.TF_CHECKPOINT:
        prefix = checkpoint_prefix(path)
        path = prefix.with_name(f"{prefix.name}.meta")
    elif _can_be_written(request, model):
        path, source = _scratch(request) / _AS_READ, Format.TF_GRAPHDEF
        save_frozen_graph(model, path)
    return {"path": path, "format": source}


def _can_be_written(request: LoadRequest, model: TensorFlowModel) -> bool:
    wanted = request.format is Format.TFJS and request.scratch is not None and not model.tables
    return wanted and find_tensorflow(request.python) is not None


def source_files(path: Path, source: Format) -> tuple[Path, ...]:
    """Every file that belongs to a model, in order of their names."""
    if source is Format.TF_SAVED_MODEL:
        file = saved_model_file(path)
        folders = (file.parent / "variables", file.parent / "assets")
        belonging = (item for folder in folders if folder.is_dir() for item in folder.rglob("*") if item.is_file())
        return (file, *sorted(belonging))
    if source is Format.TF_CHECKPOINT:
        prefix = checkpoint_prefix(path)
        return tuple(
            item
            for item in sorted(prefix.parent.glob("*"))
            if item.name in (f"{prefix.name}.meta", f"{prefix.name}.index")
            or item.name.startswith(f"{prefix.name}.data-")
        )
    if source is Format.TFJS:
        return tfjs_files(path)
    return keras_files(path) if source is Format.KERAS else (path,)


def _scratch(request: LoadRequest) -> Path:
    if request.scratch is None:
        raise InternalError("this format needs a folder for intermediate files")
    return request.scratch
