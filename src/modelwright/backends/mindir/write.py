"""Writing MindIR: the model is brought to MindSpore's primitives, and these to MindIR."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx_ir as ir

from modelwright.backends.mindir.half import TOLERANCE, check_precision, halve
from modelwright.backends.mindir.legalize import emit
from modelwright.backends.mindir.serialize import write_model
from modelwright.backends.written import Written


def write(
    model: ir.Model,
    path: Path,
    *,
    python: Path | None = None,
    precision: str = "fp32",
    keep_io_types: bool = False,
    fp32_layers: Sequence[str] = (),
) -> Written:
    """Writes the model as a MindIR file.

    Args:
        model: The model; it is changed.
        path: The file.
        python: The interpreter that runs the result; not used for writing.
        precision: ``fp32``, or ``fp16`` where no number gets too large for it.
        keep_io_types: Whether inputs and outputs stay float32 in spite of ``fp16``.
        fp32_layers: Nodes that stay float32 in spite of ``fp16``.

    Raises:
        UsageError: Options contradict each other.
        UnsupportedError: Some nodes cannot be written; all of them are listed, and nothing is written.
        OutputError: The file cannot be written.
    """
    del python
    half = None
    if check_precision(precision, fp32_layers, keep_io_types=keep_io_types):
        half = halve(model, fp32_layers, keep_io_types=keep_io_types)
    emitter = emit(model)
    files = write_model(emitter, path, producer="modelwright")
    checks = (f"{len(emitter.graph.node)} nodes of {len(emitter.primitives)} primitives",)
    if half is None:
        return Written(files=files, checks=checks)
    return Written(
        files=files,
        checks=(half.check, *checks),
        notices=half.notices,
        inputs=half.inputs,
        outputs=half.outputs,
        rtol=TOLERANCE,
    )
