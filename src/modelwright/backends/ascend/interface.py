"""The model's inputs and outputs under the names that the compiler sees, and the shapes it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelwright.backends.ascend.options import Problem
from modelwright.backends.ascend.shapes import AtcDim, InputShape
from modelwright.errors import near_matches
from modelwright.formats import Dim, format_shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output.

    Attributes:
        name: The hub's name.
        artifact: The name that the compiler sees.
        dims: The shape as the compiler sees it; None when even the rank is unknown.
        perm: ``artifact_array = hub_array.transpose(perm)``; None when the layouts are the same.
        dtype: The hub's dtype.
    """

    name: str
    artifact: str
    dims: tuple[Dim, ...] | None
    dtype: str
    perm: tuple[int, ...] | None = None

    def to_hub(self, dims: Sequence[AtcDim]) -> tuple[AtcDim, ...]:
        """Dimensions as the compiler sees them, in the hub's order."""
        if self.perm is None:
            return tuple(dims)
        found = list(dims)
        for axis, source in enumerate(self.perm):
            found[source] = dims[axis]
        return tuple(found)


def settle_shapes(
    ports: Sequence[Port], given: Sequence[InputShape], *, geared: bool
) -> tuple[tuple[InputShape, ...], list[Problem]]:
    """The shape of every input: what the user says, else what the model says.

    Args:
        ports: The model's inputs.
        given: What ``--input_shape`` says of some or all of them.
        geared: Whether gears fill what is open.

    Returns:
        The shapes in the model's order, and what is wrong with them: with a problem, a shape may be incomplete.
    """
    names = [port.artifact for port in ports]
    by_name = {item.name: item for item in given}
    problems = [_unknown(item.name, names) for item in given if item.name not in names]
    found: list[InputShape] = []
    for port in ports:
        shape = by_name.get(port.artifact)
        problems += _open_problems(port, geared=geared) if shape is None else _shape_problems(port, shape)
        dims: tuple[AtcDim, ...] = tuple(dim if isinstance(dim, int) else -1 for dim in port.dims or ())
        found.append(shape or InputShape(name=port.artifact, dims=dims))
    return tuple(found), problems


def _unknown(name: str, names: Sequence[str]) -> Problem:
    close = near_matches(name, names, limit=1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return f"input_shape: there is no input {name!r}", f"{guess}the inputs are {', '.join(names)}"


def _open_problems(port: Port, *, geared: bool) -> Iterator[Problem]:
    """What is wrong with an input of which the user says nothing."""
    known = port.dims
    if known is None or not (geared or all(isinstance(dim, int) for dim in known)):
        example = ",".join(_example(axis, dim) for axis, dim in enumerate(known or (None,)))
        yield (
            f"the shape of input {port.artifact!r} is open: {format_shape(known)}",
            f"fix it (--input_shape '{port.artifact}:{example}'), or give gears for what is open",
        )


def _example(axis: int, dim: Dim) -> str:
    """What to write for a dimension: its size, 1 for an open batch, else a word in capitals."""
    if isinstance(dim, int):
        return str(dim)
    return "1" if axis == 0 else str(dim or "size").upper()


def _shape_problems(port: Port, shape: InputShape) -> Iterator[Problem]:
    known = port.dims
    if known is None:
        return
    if len(known) != len(shape.dims):
        yield f"input_shape {shape} has {len(shape.dims)} dimensions, the model has {format_shape(known)}", "give all"
        return
    for axis, (have, want) in enumerate(zip(known, shape.dims, strict=True)):
        if isinstance(have, int) and have != want:
            yield (
                f"input_shape {shape}: dimension {axis} of the model is {have}, not {want if want != -1 else 'open'}",
                "convert from a model in which it is open, or set it at import (--inputs or --free_dim_param)",
            )


def chosen_format(framework: int, settings: Mapping[str, str], shapes: Sequence[InputShape], *, image: bool) -> str:
    """The layout of the inputs that the compiler is told: what the user says, else what fits the ranks.

    Args:
        framework: 0 Caffe, 3 TensorFlow, 5 ONNX.
        settings: Settings by name.
        shapes: The shapes of all inputs.
        image: Whether an input is preprocessed on the chip.
    """
    if "input_format" in settings:
        return settings["input_format"]
    if "dynamic_dims" in settings:
        return "ND"
    ranks = {len(item.dims) for item in shapes}
    if image or 4 in ranks or "dynamic_image_size" in settings:
        return "NHWC" if framework == 3 else "NCHW"
    return "ND"
