"""Writing TFLite: the model is brought to TFLite's built-in operators, and these to a flatbuffer."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import onnx_ir as ir

from modelwright.backends.manifests import Written
from modelwright.backends.tflite.finish import finish_graph
from modelwright.backends.tflite.legalize import Legalizer
from modelwright.backends.tflite.prepare import prepare, settle
from modelwright.backends.tflite.serialize import LiteFile, write_file
from modelwright.errors import UsageError

SUFFIX: Final = ".tflite"
"""What the names of TFLite files end in; readers go by it."""


def write(model: ir.Model, path: Path, *, python: Path | None = None) -> Written:
    """Writes the model as a TFLite file.

    Args:
        model: The model; it is changed.
        path: The file.
        python: The interpreter that the result will run in; writing needs none.

    Raises:
        UsageError: The file's name does not say that it is a TFLite file.
        UnsupportedError: Some nodes cannot be written; all of them are listed, and nothing is written.
        OutputError: The file cannot be written.
    """
    del python
    if path.suffix.lower() != SUFFIX:
        raise UsageError(
            f"{path.name}: the name of a TFLite file ends in {SUFFIX}", hint=f"write to {path.stem}{SUFFIX}"
        )
    legalizer = legalized(model)
    graph = model.graph
    finish_graph(graph)
    about = LiteFile(
        inputs=tuple(value.name or "" for value in graph.inputs),
        outputs=tuple(value.name or "" for value in graph.outputs),
    )
    write_file(graph, path, about)
    count = sum(1 for _ in graph)
    return Written(files=(path,), checks=(f"{count} built-in operators of TFLite", *legalizer.border.notes))


def legalized(model: ir.Model) -> Legalizer:
    """Brings the model to TFLite's operators, in place.

    Raises:
        UnsupportedError: Some nodes cannot be written; all of them are listed.
    """
    opset = prepare(model)
    legalizer = Legalizer(root=model.graph, opset=opset)
    legalizer.expand()
    settle(model, opset)
    legalizer.renew()
    legalizer.windows()
    settle(model, opset)
    legalizer.renew()
    legalizer.rest()
    legalizer.finish()
    return legalizer
