"""From an ONNX file to the hub: read, perhaps checked, cut and given other shapes, as the options say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import ArtifactInvalid, ModelFormatError, UsageError
from modelwright.formats import NamedShape, parse_named_shape
from modelwright.frontends.manifest import Imported, LoadRequest, SourceTensor
from modelwright.hub.checker import PHRASE, check
from modelwright.hub.io import REMARKS_KEY
from modelwright.hub.io import load as load_file
from modelwright.hub.summary import summarize
from modelwright.passes.extract import extract
from modelwright.passes.set_shapes import set_dimensions, set_input_shapes, set_output_shapes


def load(request: LoadRequest) -> Imported:
    """Reads an ONNX model and applies the options.

    ``inputs`` and ``outputs`` that name all inputs and outputs give them shapes; anything else extracts a subgraph.

    Raises:
        ModelNotFoundError: The file or its external data is missing.
        ModelFormatError: It is damaged, or the checker was asked for and finds fault.
        UnknownNameError: A tensor, dimension or denotation is not there.
        ShapeError: A shape contradicts the model.
        UsageError: The opset would have to change.
    """
    summary = summarize(request.path)
    model = load_file(request.path)
    remarks: tuple[str, ...] = model.meta.get(REMARKS_KEY, ())
    _check_opset(model, request.opset)
    done: list[str] = []
    if request.options.get("checker"):
        _check_source(model, request.path)
        done.append(f"the source passed {PHRASE}")
    cut, warnings = _reshape_or_cut(model, request.options, done)
    sized, more = (
        set_dimensions(model, request.options.get("free_dim_param", {}), request.options.get("free_dim_denotation", {}))
        if {"free_dim_param", "free_dim_denotation"} & set(request.options)
        else ((), ())
    )
    done.extend(sized)
    notices = [_remark(Level.NOTICE, text) for text in remarks]
    notices += [_remark(Level.WARNING, text) for text in (*warnings, *more)]
    data_files = summary.details.get("external_data", [])
    return Imported(
        model=model,
        summary=summary,
        files=(request.path, *(request.path.parent / name for name in data_files)),
        done=tuple(done),
        notices=tuple(notices),
        inputs=_same_names(model.graph.inputs),
        outputs=_same_names(model.graph.outputs),
        details={"cut": cut},
    )


def _check_opset(model: ir.Model, wanted: int | None) -> None:
    present = model.graph.opset_imports.get("", 0)
    if wanted is not None and wanted != present:
        raise UsageError(
            f"the model has opset {present}; changing the opset of an ONNX model to {wanted} is not available in this "
            "version",
            hint="leave --opset out",
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


def _reshape_or_cut(model: ir.Model, options: Mapping[str, Any], done: list[str]) -> tuple[bool, tuple[str, ...]]:
    """Applies ``inputs`` and ``outputs``; returns whether the model was cut, and warnings."""
    inputs = [parse_named_shape(text) for text in options.get("inputs", ())]
    outputs = [parse_named_shape(text) for text in options.get("outputs", ())]
    if not inputs and not outputs:
        return False, ()
    cut = _names_some(inputs, model.graph.inputs, model) or _names_some(outputs, model.graph.outputs, model)
    if cut:
        result = extract(model, [item.name for item in inputs], [item.name for item in outputs])
        done.append(f"subgraph extraction: {result.nodes_after} of {result.nodes_before} nodes")
        done.extend(f"input {name} is not needed by the outputs" for name in result.unused)
    shapes = {item.name: item.shape for item in inputs if item.shape is not None}
    warnings: tuple[str, ...] = ()
    if shapes:
        warnings = set_input_shapes(model, shapes)
    set_output_shapes(model, {item.name: item.shape for item in outputs if item.shape is not None})
    if not cut:
        shaped = [str(item) for item in (*inputs, *outputs) if item.shape is not None]
        done.append(
            f"shape change: {', '.join(shaped)}" if shaped else "all inputs named without shapes: nothing to do"
        )
    return cut, warnings


def _names_some(named: Sequence[NamedShape], values: Sequence[ir.Value], model: ir.Model) -> bool:
    """Whether the names are not exactly those of all ``values`` (initializers that are inputs may be left out)."""
    if not named:
        return False
    everything = {value.name for value in values}
    required = {value.name for value in values if value.name not in model.graph.initializers}
    names = {item.name for item in named}
    return not required <= names <= everything


def _same_names(values: Sequence[ir.Value]) -> tuple[SourceTensor, ...]:
    return tuple(SourceTensor(name=value.name or "", source=value.name or "") for value in values)


def _remark(level: Level, text: str) -> Diagnostic:
    return Diagnostic(level=level, message=text, stage="import")
