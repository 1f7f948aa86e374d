"""Writing MindIR: the model is brought to MindSpore's primitives, and these to MindIR."""

from __future__ import annotations

from pathlib import Path

import onnx_ir as ir

from modelwright.backends.manifests import Written
from modelwright.backends.mindir.legalize import emit
from modelwright.backends.mindir.serialize import write_model


def write(model: ir.Model, path: Path, *, python: Path | None = None) -> Written:
    """Writes the model as a MindIR file.

    Args:
        model: The model; it is changed.
        path: The file.
        python: The interpreter that runs the result; not used for writing.

    Raises:
        UnsupportedError: Some nodes cannot be written; all of them are listed, and nothing is written.
        OutputError: The file cannot be written.
    """
    del python
    emitter = emit(model)
    files = write_model(emitter, path, producer="modelwright")
    return Written(files=files, checks=(f"{len(emitter.graph.node)} nodes of {len(emitter.primitives)} primitives",))
