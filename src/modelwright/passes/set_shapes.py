"""Gives a model's inputs and outputs other shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.errors import ShapeError, unknown_name
from modelwright.formats import Dim, format_shape
from modelwright.hub.shapes import dims_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChange:
    """An input that was given another shape.

    Attributes:
        name: The input.
        old: Its dimensions before, None when even their number was unknown.
        new: Its dimensions now.
    """

    name: str
    old: tuple[Dim, ...] | None
    new: tuple[Dim, ...]

    def __str__(self) -> str:
        """``x: [N, 3] became [4, 3]``."""
        return f"{self.name}: {format_shape(self.old)} became {format_shape(self.new)}"


def set_input_shapes(model: ir.Model, shapes: Mapping[str, Sequence[Dim]]) -> tuple[ShapeChange, ...]:
    """Sets shapes of graph inputs, in place; everything behind must be inferred again.

    Args:
        model: The model.
        shapes: New shape by input name; ranks may only differ where the old one is unknown.

    Returns:
        What changed.

    Raises:
        UnknownNameError: A name is not an input.
        ShapeError: A rank differs, the input is no tensor, or it is an initializer of another shape.
    """
    inputs = {value.name or "": value for value in model.graph.inputs}
    changes: list[ShapeChange] = []
    for name, shape in shapes.items():
        if name not in inputs:
            raise unknown_name("input", name, inputs)
        _check_input(inputs[name], shape)
        changes += _set_shape(inputs[name], shape)
    return tuple(changes)


def set_dimensions(
    model: ir.Model, by_name: Mapping[str, int], by_denotation: Mapping[str, int]
) -> tuple[ShapeChange, ...]:
    """Gives free dimensions of the inputs sizes, by symbolic name and by denotation, in place.

    Args:
        model: The model.
        by_name: Size by symbolic name (dim_param).
        by_denotation: Size by denotation.

    Returns:
        What changed.

    Raises:
        UnknownNameError: No input has a dimension of that name or denotation.
        ShapeError: A dimension of that denotation has another fixed size, or two sizes are asked of one dimension.
    """
    inputs = [value for value in model.graph.inputs if value.shape is not None]
    _check_known("dimension", by_name, (dim for value in inputs for dim in dims_of(value.shape) or ()))
    denoted = (value.shape.get_denotation(axis) for value in inputs if value.shape for axis in range(len(value.shape)))
    _check_known("denotation", by_denotation, denoted)
    changes: list[ShapeChange] = []
    for value in inputs:
        old = dims_of(value.shape) or ()
        new = tuple(_sized(value, axis, dim, by_name, by_denotation) for axis, dim in enumerate(old))
        if new != old:
            changes += _set_shape(value, new)
    return tuple(changes)


def set_output_shapes(model: ir.Model, shapes: Mapping[str, Sequence[Dim]]) -> None:
    """Declares shapes of graph outputs, in place, after inference has had its say.

    Raises:
        UnknownNameError: A name is not an output.
        ShapeError: The shape contradicts what is inferred.
    """
    outputs = {value.name or "": value for value in model.graph.outputs}
    for name, shape in shapes.items():
        if name not in outputs:
            raise unknown_name("output", name, outputs)
        known = dims_of(outputs[name].shape)
        if known is not None and not _agree(known, shape):
            raise ShapeError(
                f"output {name!r} has shape {format_shape(known)}, not {format_shape(tuple(shape))}",
                hint="shapes follow from the inputs' ones: give --inputs other shapes",
            )
        if not isinstance(outputs[name].type, ir.TensorType | None):
            raise ShapeError(f"output {name!r} is of type {outputs[name].type} and has no shape", hint="leave it out")
        merged = [old if isinstance(old, int) else new for old, new in zip(known or shape, shape, strict=True)]
        outputs[name].shape = ir.Shape(merged)


def _agree(known: Sequence[Dim], wanted: Sequence[Dim]) -> bool:
    if len(known) != len(wanted):
        return False
    pairs = zip(known, wanted, strict=True)
    return all(not isinstance(old, int) or not isinstance(new, int) or old == new for old, new in pairs)


def _check_input(value: ir.Value, shape: Sequence[Dim]) -> None:
    if not isinstance(value.type, ir.TensorType | None):
        raise ShapeError(
            f"input {value.name!r} is of type {value.type} and has no shape of its own", hint="name it without a shape"
        )
    tensor = value.const_value
    if tensor is not None and tuple(tensor.shape.numpy()) != tuple(shape):
        raise ShapeError(
            f"input {value.name!r} has a default value of shape {list(tensor.shape.numpy())}, "
            f"not {format_shape(tuple(shape))}",
            hint="the shape of an input with a default value is that value's",
        )


def _set_shape(value: ir.Value, shape: Sequence[Dim]) -> list[ShapeChange]:
    old = value.shape
    before = dims_of(old)
    if old is not None and len(old) != len(shape):
        raise ShapeError(
            f"input {value.name!r} has {len(old)} dimensions {format_shape(before)}, "
            f"not {len(shape)} {format_shape(tuple(shape))}",
            hint="give every dimension, -1 for one that stays open",
        )
    denotations = [old.get_denotation(axis) for axis in range(len(old))] if old is not None else None
    value.shape = ir.Shape(shape, denotations=denotations)
    changed = before != tuple(shape)
    return [ShapeChange(name=value.name or "", old=before, new=tuple(shape))] if changed else []


def _sized(value: ir.Value, axis: int, dim: Dim, by_name: Mapping[str, int], by_denotation: Mapping[str, int]) -> Dim:
    named = by_name.get(dim) if isinstance(dim, str) else None
    denotation = value.shape.get_denotation(axis) if value.shape is not None else None
    if denotation is None or denotation not in by_denotation:
        return dim if named is None else named
    size = by_denotation[denotation]
    if isinstance(dim, int) and dim != size:
        raise ShapeError(
            f"dimension {axis} of input {value.name!r}, a {denotation}, is {dim} and not free",
            hint="change a fixed size with --inputs",
        )
    if named is not None and named != size:
        raise ShapeError(
            f"dimension {axis} of input {value.name!r} is {dim!r} and a {denotation}: {named} or {size}?",
            hint="give it one size",
        )
    return size


def _check_known(kind: str, wanted: Iterable[str], present: Iterable[object]) -> None:
    valid = {item for item in present if isinstance(item, str) and item}
    for name in wanted:
        if name not in valid:
            raise unknown_name(kind, name, valid, where="the model's inputs")
