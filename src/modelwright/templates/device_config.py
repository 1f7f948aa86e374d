"""``config.json`` beside a model for ARM: what an application needs to feed it and to read its outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from modelwright.diagnostics import Report
from modelwright.formats import TensorSpec
from modelwright.hub.io_atomic import output_errors

NAME: Final = "model/config.json"


def write_config(report: Report, model: Path, output: Path) -> None:
    """Writes ``model/config.json``.

    Args:
        report: The run that wrote the model.
        model: The model's file.
        output: The output folder.

    Raises:
        OutputError: It cannot be written.
    """
    if report.artifact is None:
        return
    data = {
        "model": model.name,
        "format": report.artifact.format,
        "inputs": _tensors(report.artifact.inputs),
        "outputs": _tensors(report.artifact.outputs),
        "options": report.recipe.get("output", {}).get("options", {}),
    }
    path = output / NAME
    staged = path.with_name(f".{path.name}.part")
    with output_errors(path):
        staged.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        staged.replace(path)


def _tensors(specs: Iterable[TensorSpec]) -> list[dict[str, Any]]:
    return [{"name": item.name, "dtype": item.dtype, "shape": item.shape and list(item.shape)} for item in specs]
