"""From a request to a hub model: finds, reads and converts, and says what the source calls its tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic, Level, ModelSummary
from modelwright.formats import Format, TensorSpec
from modelwright.frontends.manifest import Imported, LoadRequest, SourceTensor
from modelwright.frontends.paddle.builder import OpsetTooLow
from modelwright.frontends.paddle.convert import convert_model
from modelwright.frontends.paddle.interface import (
    Interface,
    choose_interface,
    parse_output_names,
    parse_shapes,
)
from modelwright.frontends.paddle.model import PaddleBlock, PaddleModel, PaddleOperator, PaddleProgram
from modelwright.frontends.paddle.parameters import read_combined, read_separate
from modelwright.frontends.paddle.pir import read_pir
from modelwright.frontends.paddle.places import Places, find_places
from modelwright.frontends.paddle.program import read_program
from modelwright.frontends.paddle.settings import read_settings
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.opset import DEFAULT_OPSET, check_opset

_CHECKER: Final = (
    "--enable_onnx_checker False is not needed here: the check takes little time, and every result is checked"
)
_DEV: Final = "--enable_dev_version chooses between paddle2onnx's two converters; here there is one, and it is used"
_FALLBACK: Final = (
    "--enable_paddle_fallback would write operators that only Paddle's own runtime knows; here an operator without a "
    "converter is an error that names it"
)
_INTERNALS: Final[dict[str, tuple[bool | None, str]]] = {
    "enable_onnx_checker": (False, _CHECKER),
    "enable_dev_version": (None, _DEV),
    "enable_paddle_fallback": (True, _FALLBACK),
}
"""Flags that name paddle2onnx's internals: the value that calls for a notice (None: any), and the notice."""


def load(request: LoadRequest) -> Imported:
    """Reads and converts a Paddle model.

    Args:
        request: Path, format, options and opset.

    Raises:
        UserError: The model is missing, damaged or unsupported, or an option does not fit it.
    """
    options = request.options
    places = find_places(
        request.path,
        model_filename=options.get("model_filename"),
        params_filename=options.get("params_filename"),
    )
    opset = check_opset(request.opset or DEFAULT_OPSET)
    model = read_model(places)
    shapes = parse_shapes(options.get("input_shape_dict"))
    interface = choose_interface(model.program, shapes, parse_output_names(options.get("output_names")))
    raises = options.get("enable_auto_update_opset", True)
    hub, written, why = _converted(model, interface, opset, raises=raises)
    raised = [Diagnostic(level=Level.NOTICE, message=why, stage="import")] if why else []
    return Imported(
        model=hub,
        summary=summarize(model, places),
        files=places.files(),
        done=(f"converted to ONNX opset {written}",),
        notices=(*_notices(options), *raised),
        inputs=tuple(SourceTensor(name=item.name, source=item.name) for item in interface.inputs),
        outputs=tuple(SourceTensor(name=item.name, source=item.source) for item in interface.outputs),
        expected=_promised(model.program, hub, interface, shapes),
        details={
            "program": places.program,
            "parameters": places.parameters,
            "rounds_between_layers": _is_quantized(model.program.block),
        },
    )


def read_model(places: Places) -> PaddleModel:
    """The program and its weights.

    Raises:
        ModelNotFoundError: A file is missing.
        ModelFormatError: One is damaged, or they do not belong together.
    """
    reader = read_pir if places.format is Format.PADDLE_PIR else read_program
    program = reader(places.program)
    if places.parameters is not None:
        weights = read_combined(places.parameters, program.parameters, program.tensors)
    else:
        weights = read_separate(places.folder, program.parameters, program.tensors)
    return PaddleModel(program=program, weights=weights)


def _converted(model: PaddleModel, interface: Interface, opset: int, *, raises: bool) -> tuple[ir.Model, int, str]:
    """The hub model, its opset, and why that is not the one asked for."""
    why = ""
    while True:
        try:
            return convert_model(model, interface, opset=opset), opset, why
        except OpsetTooLow as error:
            if not raises:
                raise
            opset, why = check_opset(error.needed), f"the opset is raised to {error.needed}: {error.message}"


def _notices(options: Mapping[str, Any]) -> list[Diagnostic]:
    found = [
        text
        for name, (value, text) in _INTERNALS.items()
        if name in options and (value is None or options[name] is value)
    ]
    return [Diagnostic(level=Level.NOTICE, message=text, stage="import") for text in found]


def _promised(
    program: PaddleProgram, hub: ir.Model, interface: Interface, shapes: Mapping[str, Any]
) -> tuple[TensorSpec, ...]:
    """Names, and shapes as the program says them unless inputs have other ones; its dtypes are not always right.

    A size that inference leaves open is no promise: Paddle 2 tells the number of candidates for what suppression keeps.
    """
    found: list[TensorSpec] = []
    for port, value in zip(interface.outputs, hub.graph.outputs, strict=True):
        said = program.tensors.get(port.tensor)
        shape = said.shape if said is not None and not shapes else None
        known = value.shape
        if shape is not None and known is not None and len(known) == len(shape):
            shape = tuple(size if isinstance(mine, int) else None for size, mine in zip(shape, known, strict=True))
        found.append(TensorSpec(name=port.name, dtype=dtype_name(value.dtype), shape=shape))
    return tuple(found)


def describe(path: Path, source: Format) -> ModelSummary:
    """What a model holds, without converting it.

    Raises:
        ModelNotFoundError: A file is missing.
        ModelFormatError: One is damaged.
    """
    del source
    places = find_places(path)
    return summarize(read_model(places), places)


def summarize(model: PaddleModel, places: Places) -> ModelSummary:
    """Inputs and outputs, operators of all blocks, and weights."""
    program = model.program
    operators = Counter(item.source.removeprefix("pd_op.") for item in _operators(program.block))
    tensors = [array for array in model.weights.values() if array.ndim]
    return ModelSummary(
        format=places.format.label,
        inputs=tuple(_spec(program, port.name, port.tensor) for port in program.inputs),
        outputs=tuple(_spec(program, port.name, port.tensor) for port in program.outputs),
        operators=dict(sorted(operators.items(), key=lambda item: (-item[1], item[0]))),
        parameters=sum(array.size for array in tensors),
        weight_bytes=sum(array.nbytes for array in tensors),
        file_bytes=sum(item.stat().st_size for item in places.files()),
        details=_details(program, places),
    )


def _details(program: PaddleProgram, places: Places) -> dict[str, Any]:
    """Facts that only Paddle's models have; empty ones are left out."""
    facts: dict[str, Any] = {
        "program_version": program.version,
        "program": places.program.name,
        "parameters_file": places.parameters.name if places.parameters else "one file each",
        **(read_settings(places.settings) if places.settings else {}),
    }
    if not program.parameters:
        del facts["parameters_file"]
    return {name: value for name, value in facts.items() if value}


def _spec(program: PaddleProgram, name: str, tensor: str) -> TensorSpec:
    said = program.tensors.get(tensor)
    return TensorSpec(name=name, dtype=dtype_name(said.dtype if said else None), shape=said.shape if said else None)


def _operators(block: PaddleBlock) -> Iterator[PaddleOperator]:
    for item in block.operators:
        yield item
        for body in item.blocks:
            yield from _operators(body)


def _is_quantized(block: PaddleBlock) -> bool:
    return any("quantize" in item.op_type for item in _operators(block))
