"""Writing ONNX: the hub is ONNX already, so it is checked and saved."""

from __future__ import annotations

from pathlib import Path

import onnx_ir as ir

from modelwright.backends.manifests import Written
from modelwright.hub import checker, io


def write(model: ir.Model, path: Path, *, external_data: bool | None = None) -> Written:
    """Checks the model against the standard, completes its shapes, and writes it.

    Args:
        model: The model.
        path: The file to write.
        external_data: Whether weights go to a file beside it; None for only when they must.

    Raises:
        ArtifactInvalid: The model is not valid ONNX; nothing is written.
        OutputError: It cannot be written.
    """
    checker.check(model)
    return Written(files=io.save(model, path, external_data=external_data), checks=(checker.PHRASE,))
