"""From an ONNX file to the hub: read, perhaps checked, cut and given other shapes, as the options say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import ArtifactInvalid, ModelFormatError
from modelwright.frontends.manifest import Imported, LoadRequest, SourceTensor
from modelwright.frontends.onnx.interface import settle_interface
from modelwright.hub.checker import PHRASE, check
from modelwright.hub.io import REMARKS_KEY
from modelwright.hub.io import load as load_file
from modelwright.hub.summary import summarize


def load(request: LoadRequest) -> Imported:
    """Reads an ONNX model and applies the options.

    Raises:
        ModelNotFoundError: The file or its external data is missing.
        ModelFormatError: It is damaged, or the checker was asked for and finds fault.
        UnknownNameError: A tensor, dimension or denotation is not there.
        ShapeError: A shape contradicts the model.
    """
    summary = summarize(request.path)
    model = load_file(request.path)
    remarks: tuple[str, ...] = model.meta.get(REMARKS_KEY, ())
    done: list[str] = []
    if request.options.get("checker"):
        _check_source(model, request.path)
        done.append(f"the source passed {PHRASE}")
    interface = settle_interface(model, request.options)
    done.extend(interface.done)
    notices = [_remark(Level.NOTICE, text) for text in remarks]
    notices += [_remark(Level.WARNING, text) for text in interface.warnings]
    data_files = summary.details.get("external_data", [])
    return Imported(
        model=model,
        summary=summary,
        files=(request.path, *(request.path.parent / name for name in data_files)),
        done=tuple(done),
        notices=tuple(notices),
        inputs=_same_names([value for value in model.graph.inputs if not value.is_initializer()]),
        outputs=_same_names(model.graph.outputs),
        details=interface.details,
    )


def _check_source(model: ir.Model, path: Path) -> None:
    try:
        check(model)
    except ArtifactInvalid as error:
        raise ModelFormatError(
            f"{path} does not pass the checker: {error.message}",
            hint="repair or export the source again",
            node=error.node,
        ) from error


def _same_names(values: Sequence[ir.Value]) -> tuple[SourceTensor, ...]:
    return tuple(SourceTensor(name=value.name or "", source=value.name or "") for value in values)


def _remark(level: Level, text: str) -> Diagnostic:
    return Diagnostic(level=level, message=text, stage="import")
