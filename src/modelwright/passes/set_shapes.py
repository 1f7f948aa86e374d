"""Gives a model other input shapes: stale shapes of everything behind are dropped and inferred anew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import onnx_ir as ir

from modelwright.errors import ShapeError, unknown_name
from modelwright.formats import Dim, format_shape
from modelwright.hub.shapes import Shapes, dims_of
from modelwright.passes.finalize import finalize


def set_input_shapes(model: ir.Model, shapes: Mapping[str, Sequence[Dim]]) -> tuple[str, ...]:
    """Sets shapes of graph inputs and infers all others again, in place.

    Args:
        model: The model.
        shapes: New shape by input name; ranks may only differ where the old one is unknown.

    Returns:
        Warnings: Reshapes whose constant target contradicts the new shapes.

    Raises:
        UnknownNameError: A name is not an input.
        ShapeError: A rank differs.
    """
    inputs = {value.name or "": value for value in model.graph.inputs}
    for name, shape in shapes.items():
        if name not in inputs:
            raise unknown_name("input", name, inputs)
        _set_shape(inputs[name], shape)
    return _infer_again(model)


def set_dimensions(
    model: ir.Model, by_name: Mapping[str, int], by_denotation: Mapping[str, int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gives free dimensions of the inputs sizes, by symbolic name and by denotation, in place.

    Args:
        model: The model.
        by_name: Size by symbolic name (dim_param).
        by_denotation: Size by denotation.

    Returns:
        What was set, an input a phrase; and warnings as of ``set_input_shapes``.

    Raises:
        UnknownNameError: No input has a dimension of that name or denotation.
        ShapeError: A dimension of that denotation has another fixed size.
    """
    inputs = [value for value in model.graph.inputs if value.shape is not None]
    _check_known("dimension", by_name, (dim for value in inputs for dim in dims_of(value.shape) or ()))
    denoted = (value.shape.get_denotation(axis) for value in inputs if value.shape for axis in range(len(value.shape)))
    _check_known("denotation", by_denotation, denoted)
    done: list[str] = []
    for value in inputs:
        old = dims_of(value.shape) or ()
        new = tuple(_sized(value, axis, dim, by_name, by_denotation) for axis, dim in enumerate(old))
        if new != old:
            _set_shape(value, new)
            done.append(f"{value.name}: {format_shape(old)} became {format_shape(new)}")
    return tuple(done), _infer_again(model)


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
        outputs[name].shape = ir.Shape(shape)


def _agree(known: Sequence[Dim], wanted: Sequence[Dim]) -> bool:
    if len(known) != len(wanted):
        return False
    pairs = zip(known, wanted, strict=True)
    return all(not isinstance(old, int) or not isinstance(new, int) or old == new for old, new in pairs)


def _set_shape(value: ir.Value, shape: Sequence[Dim]) -> None:
    old = value.shape
    if old is not None and len(old) != len(shape):
        raise ShapeError(
            f"input {value.name!r} has {len(old)} dimensions {format_shape(dims_of(old))}, "
            f"not {len(shape)} {format_shape(tuple(shape))}",
            hint="give every dimension, -1 for one that stays open",
        )
    denotations = [old.get_denotation(axis) for axis in range(len(old))] if old is not None else None
    value.shape = ir.Shape(shape, denotations=denotations)


def _sized(value: ir.Value, axis: int, dim: Dim, by_name: Mapping[str, int], by_denotation: Mapping[str, int]) -> Dim:
    if isinstance(dim, str) and dim in by_name:
        return by_name[dim]
    denotation = value.shape.get_denotation(axis) if value.shape is not None else None
    if denotation is None or denotation not in by_denotation:
        return dim
    size = by_denotation[denotation]
    if isinstance(dim, int) and dim != size:
        raise ShapeError(
            f"dimension {axis} of input {value.name!r}, a {denotation}, is {dim} and not free",
            hint="change a fixed size with --inputs",
        )
    return size


def _check_known(kind: str, wanted: Iterable[str], present: Iterable[object]) -> None:
    valid = {item for item in present if isinstance(item, str) and item}
    for name in wanted:
        if name not in valid:
            raise unknown_name(kind, name, valid, where="the model's inputs")


def _infer_again(model: ir.Model) -> tuple[str, ...]:
    """Opens every inferred shape, keeping ranks, and infers again."""
    for node in ir.traversal.RecursiveGraphIterator(model.graph):
        for value in node.outputs:
            if value.shape is not None:
                value.shape = ir.Shape([None] * len(value.shape))
    finalize(model)
    shapes = Shapes(model.graph.opset_imports.get("", 0))
    warnings = [
        _reshape_warning(node, shapes) for node in model.graph if node.op_type == "Reshape" and node.domain == ""
    ]
    return tuple(text for text in warnings if text)


def _reshape_warning(node: ir.Node, shapes: Shapes) -> str:
    """What is wrong with a Reshape to a constant shape, or nothing."""
    data, target = node.inputs[0], node.inputs[1] if len(node.inputs) > 1 else None
    if data is None or target is None:
        return ""
    given, wanted = shapes.static_shape(data), shapes.constant(target)
    if given is None or wanted is None or _fits(given, wanted, zero_is_zero=_allows_zero(node)):
        return ""
    return (
        f"Reshape {node.name!r} makes {list(given)} into the constant shape {wanted.tolist()}, which does not fit: "
        "the model fixes this size inside"
    )


def _allows_zero(node: ir.Node) -> bool:
    attribute = node.attributes.get("allowzero")
    return attribute is not None and bool(attribute.as_int())


def _fits(given: Sequence[int], wanted: np.ndarray, *, zero_is_zero: bool) -> bool:
    """Whether the Reshape operator accepts it: 0 copies a size, one -1 takes the rest (ONNX, Reshape-14)."""
    sizes = [int(item) for item in wanted.reshape(-1)]
    if not zero_is_zero:
        sizes = [given[axis] if size == 0 and axis < len(given) else size for axis, size in enumerate(sizes)]
    fixed = math.prod(size for size in sizes if size != -1)
    total = math.prod(given)
    return total % fixed == 0 if -1 in sizes and fixed else total == fixed
