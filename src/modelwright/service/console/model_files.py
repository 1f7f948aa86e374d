"""Which files of a task hold a model whose graph can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from modelwright.errors import ModelwrightError
from modelwright.service.console.task_files import input_names
from modelwright.service.console.visit import Visit
from modelwright.service.tasks.schemas import Task

GRAPHS: Final = (
    ".onnx", ".tflite", ".pb", ".pbtxt", ".meta", ".prototxt", ".caffemodel", ".pdmodel", ".mindir", ".ms", ".om",
)  # fmt: skip
"""Endings of files that hold a graph, those that the viewer is asked to show first."""
_JSON_MODELS: Final = ("model.json", "inference.json")
"""TensorFlow.js's and Paddle 3's files."""


def result_models(task: Task) -> list[str]:
    """Names of the artifacts that hold a graph."""
    return _graphs([item.name for item in task.artifacts])


def source_models(visit: Visit, task: Task) -> list[str]:
    """Names of the files of the input folder that hold a graph, the network before its weights."""
    try:
        return _graphs(input_names(visit, task))
    except ModelwrightError:
        return []


def _graphs(names: Sequence[str]) -> list[str]:
    found = [name for name in names if _rank(name) is not None]
    return sorted(found, key=lambda name: (_rank(name), name.count("/"), name))


def _rank(name: str) -> int | None:
    path = PurePosixPath(name)
    if path.name in _JSON_MODELS:
        return 0
    ending = path.suffix.lower()
    return GRAPHS.index(ending) if ending in GRAPHS else None
