"""What the converted model's inputs and outputs are called, and the shapes its inputs have."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import onnx_ir as ir

from modelwright.errors import ConversionError, ShapeError, UsageError, unknown_name
from modelwright.formats import Dim, format_shape, parse_named_shapes
from modelwright.frontends.paddle.model import PaddleProgram

Shapes = Mapping[str, tuple[Dim, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPort:
    """An input: its name outside, the tensor inside, dtype and shape with names for open sizes."""

    name: str
    tensor: str
    dtype: ir.DataType
    shape: tuple[Dim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPort:
    """An output: its name in the result, in the source, the tensor inside and what the file says of its shape."""

    name: str
    source: str
    tensor: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """Inputs and outputs of the converted model."""

    inputs: tuple[InputPort, ...]
    outputs: tuple[OutputPort, ...]


def parse_shapes(text: str | None) -> Shapes:
    """The value of ``--input_shape_dict``: ``{'image':[1, 3, 608, 608]}`` or ``image[1,3,608,608],scale[1,2]``.

    Raises:
        UsageError: It is neither.
    """
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        return {item.name: item.shape or () for item in parse_named_shapes(text)}
    found = _literal(text, "--input_shape_dict", "{'image':[1, 3, 608, 608]}")
    if not isinstance(found, dict) or not all(_is_shape(shape) for shape in found.values()):
        raise UsageError(f"--input_shape_dict {text!r} is no table of shapes", hint="write {'image':[1, 3, 608, 608]}")
    return {str(name): tuple(_dimension(size) for size in shape) for name, shape in found.items()}


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, list | tuple) and all(isinstance(size, int | str) and size is not True for size in shape)


def _dimension(size: int | str) -> Dim:
    return None if isinstance(size, int) and size < 0 else size


def parse_output_names(text: str | None) -> tuple[str, ...] | Mapping[str, str]:
    """The value of ``--output_names``: a list of names, or a table from Paddle's names to the result's.

    Raises:
        UsageError: It is neither.
    """
    if not text:
        return ()
    if not text.lstrip().startswith(("[", "{", "(")):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    found = _literal(text, "--output_names", '["boxes", "scores"]')
    if isinstance(found, dict) and all(isinstance(item, str) and item for pair in found.items() for item in pair):
        return found
    if isinstance(found, list | tuple) and found and all(isinstance(item, str) and item for item in found):
        return tuple(found)
    raise UsageError(f"--output_names {text!r} is no list or table of names", hint='write ["boxes", "scores"]')


def _literal(text: str, flag: str, example: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        unquoted = " (were the inner quotes lost in the shell?)" if "'" not in text and '"' not in text else ""
        raise UsageError(f"{flag} {text!r} cannot be read{unquoted}", hint=f'write {flag}="{example}"') from None


def choose_interface(program: PaddleProgram, shapes: Shapes, names: Sequence[str] | Mapping[str, str]) -> Interface:
    """Inputs and outputs with the shapes and names asked for.

    Args:
        program: The program.
        shapes: Shapes of inputs, by name.
        names: Names of the outputs in order, or by Paddle's names.

    Raises:
        UnknownNameError: An input or output of that name does not exist.
        ShapeError: A shape contradicts the program's.
        UsageError: There are more or fewer names than outputs, or a name twice.
    """
    known = [port.name for port in program.inputs]
    for name in shapes:
        if name not in known:
            raise unknown_name("input", name, known, where=program.path)
    alone = len(known) == 1
    inputs = tuple(
        _input(program, port.name, port.tensor, shapes.get(port.name), alone=alone) for port in program.inputs
    )
    return Interface(inputs=inputs, outputs=_outputs(program, names, known))


def _input(program: PaddleProgram, name: str, tensor: str, wanted: tuple[Dim, ...] | None, *, alone: bool) -> InputPort:
    said = program.tensors.get(tensor)
    if said is None or said.dtype is None:
        raise ConversionError(f"{program.path}: the input {name!r} is no tensor")
    if said.shape is None and wanted is None:
        raise ConversionError(
            f"{program.path}: the rank of input {name!r} is unknown",
            hint=f"give its shape: --input_shape_dict=\"{{'{name}':[...]}}\"",
        )
    shape = said.shape if wanted is None else wanted
    if wanted is not None and said.shape is not None:
        _check(program, name, wanted, said.shape)
    named = tuple(
        size if size is not None else "batch" if alone and axis == 0 else f"{name}_dim{axis}"
        for axis, size in enumerate(shape or ())
    )
    return InputPort(name=name, tensor=tensor, dtype=said.dtype, shape=named)


def _check(program: PaddleProgram, name: str, wanted: tuple[Dim, ...], said: tuple[int | None, ...]) -> None:
    same = len(wanted) == len(said) and all(
        mine is None or theirs == mine or (axis == 0 and not isinstance(theirs, str))
        for axis, (mine, theirs) in enumerate(zip(said, wanted, strict=True))
    )
    if not same:
        raise ShapeError(
            f"{program.path}: input {name!r} has the shape {format_shape(said)}, not {format_shape(wanted)}",
            hint="give sizes for its open dimensions only",
        )


def _outputs(
    program: PaddleProgram, names: Sequence[str] | Mapping[str, str], inputs: Sequence[str]
) -> tuple[OutputPort, ...]:
    known = [port.name for port in program.outputs]
    if isinstance(names, Mapping):
        for name in names:
            if name not in known:
                raise unknown_name("output", name, known, where=program.path)
        wanted = [names.get(name, name) for name in known]
    elif names and len(names) != len(known):
        raise UsageError(
            f"--output_names gives {len(names)} names but the model has {len(known)} outputs",
            hint=f"the outputs are {', '.join(known)}",
        )
    else:
        wanted = list(names) or [f"{name}_output" if name in inputs else name for name in known]
    twice = sorted({name for name in wanted if [*wanted, *inputs].count(name) > 1})
    if twice:
        raise UsageError(f"two tensors of the result are called {', '.join(twice)}", hint="give other --output_names")
    return tuple(
        OutputPort(name=name, source=port.name, tensor=port.tensor, shape=_said_shape(program, port.tensor))
        for name, port in zip(wanted, program.outputs, strict=True)
    )


def _said_shape(program: PaddleProgram, tensor: str) -> tuple[int | None, ...] | None:
    said = program.tensors.get(tensor)
    return None if said is None else said.shape
