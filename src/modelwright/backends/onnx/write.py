"""Writing ONNX: the hub is ONNX already, so it is checked and saved."""

from __future__ import annotations

from pathlib import Path

import onnx_ir as ir

from modelwright.backends.written import Written
from modelwright.hub import checker, io


def write(
    model: ir.Model, path: Path, *, external_data: bool | None = None, external_filename: str | None = None
) -> Written:
    """Checks the model against the standard, completes its shapes, and writes it.

    Args:
        model: The model.
        path: The file to write.
        external_data: Whether weights go to a file beside it; None for only when they must.
        external_filename: That file's name; None for the model's with a suffix.

    Raises:
        ArtifactInvalid: The model is not valid ONNX; nothing is written.
        OutputError: It cannot be written.
    """
    message = checker.check(model)
    files = io.save_message(message, path, external_data=external_data, data_name=external_filename)
    return Written(files=files, checks=(checker.PHRASE,))
