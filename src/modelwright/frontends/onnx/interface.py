"""Inputs and outputs as the user wants them: a subgraph between tensors, other shapes, another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import onnx_ir as ir

from modelwright.formats import Dim, NamedShape, parse_named_shape
from modelwright.passes.extract import extract
from modelwright.passes.set_shapes import ShapeChange, set_dimensions, set_input_shapes, set_output_shapes

if TYPE_CHECKING:
    from modelwright.frontends.onnx.reshape import Reshaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What became of the model's inputs and outputs.

    Attributes:
        cut: Whether a subgraph was extracted.
        done: Phrases that say what was done, the mode chosen first.
        warnings: What is worth a warning.
        details: What a comparison with the source needs to know of changed shapes.
    """

    cut: bool
    done: tuple[str, ...]
    warnings: tuple[str, ...]
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def settle_interface(model: ir.Model, options: Mapping[str, Any]) -> Interface:
    """Applies the options ``inputs``, ``outputs``, ``free_dim_param``, ``free_dim_denotation``, ``rebatch``.

    ``inputs`` and ``outputs`` that name all inputs and outputs give them shapes, and the outputs an order; all else
    extracts a subgraph.

    Raises:
        UnknownNameError: A tensor, dimension or denotation is not there, or the cut is not complete.
        UsageError: A tensor lies inside a subgraph, or is both input and output.
        ShapeError: A shape contradicts the model.
    """
    inputs = [_named(text, model) for text in options.get("inputs", ())]
    outputs = [_named(text, model) for text in options.get("outputs", ())]
    cut = _names_some(inputs, model.graph.inputs, model) or _names_some(outputs, model.graph.outputs, model)
    done: list[str] = []
    if cut:
        result = extract(model, [item.name for item in inputs], [item.name for item in outputs])
        done.append(f"subgraph extraction: {result.nodes_after} of {result.nodes_before} nodes")
        done.extend(f"input {name} is not needed by the outputs" for name in result.unused)
    changes = _change_inputs(model, inputs, options)
    reshaped = _reshaped(model, changes, options) if changes else None
    set_output_shapes(model, {item.name: item.shape for item in outputs if item.shape is not None})
    if not cut:
        moved = _reorder(model, outputs)
        done.extend(_mode(inputs, outputs, moved))
    said = {item.name for item in inputs if item.shape is not None and not cut}
    done.extend(str(change) for change in changes if change.name not in said)
    if reshaped is None:
        return Interface(cut=cut, done=tuple(done), warnings=(), details={"cut": cut})
    return Interface(
        cut=cut, done=(*done, *reshaped.done), warnings=reshaped.warnings, details={"cut": cut, **reshaped.details}
    )


def _reshaped(model: ir.Model, changes: Sequence[ShapeChange], options: Mapping[str, Any]) -> Reshaped:
    from modelwright.frontends.onnx.reshape import reshape

    return reshape(model, changes, rebatch=bool(options.get("rebatch")))


def _named(text: str, model: ir.Model) -> NamedShape:
    """A tensor with a shape; a name that ends in brackets itself is a name if the model has it."""
    graph = model.graph
    if text in graph.initializers or text in {value.name for value in (*graph.inputs, *graph.outputs)}:
        return NamedShape(name=text)
    if text.endswith("]") and any(value.name == text for node in graph for value in node.outputs):
        return NamedShape(name=text)
    return parse_named_shape(text)


def _names_some(named: Sequence[NamedShape], values: Sequence[ir.Value], model: ir.Model) -> bool:
    """Whether the names are not exactly those of all ``values`` (initializers that are inputs may be left out)."""
    if not named:
        return False
    everything = {value.name for value in values}
    required = {value.name for value in values if value.name not in model.graph.initializers}
    names = {item.name for item in named}
    return not required <= names <= everything


def _change_inputs(
    model: ir.Model, inputs: Sequence[NamedShape], options: Mapping[str, Any]
) -> tuple[ShapeChange, ...]:
    """Gives the inputs their shapes; one input may be changed by name and by dimension, which is one change."""
    shapes: dict[str, tuple[Dim, ...]] = {item.name: item.shape for item in inputs if item.shape is not None}
    first = set_input_shapes(model, shapes)
    second: tuple[ShapeChange, ...] = ()
    by_name, by_denotation = options.get("free_dim_param", {}), options.get("free_dim_denotation", {})
    if by_name or by_denotation:
        second = set_dimensions(model, by_name, by_denotation)
    merged = {change.name: change for change in first}
    for change in second:
        before = merged.get(change.name, change)
        merged[change.name] = ShapeChange(name=change.name, old=before.old, new=change.new)
    return tuple(merged.values())


def _reorder(model: ir.Model, outputs: Sequence[NamedShape]) -> list[str]:
    """Brings the outputs into the order in which all of them were named; says so if it is another."""
    values = model.graph.outputs
    place = {item.name: index for index, item in enumerate(outputs)}
    wanted = sorted(values, key=lambda value: place.get(value.name or "", len(place)))
    if not outputs or [value.name for value in wanted] == [value.name for value in values]:
        return []
    values[:] = wanted
    return [f"outputs in the order {', '.join(value.name or '' for value in wanted)}"]


def _mode(inputs: Sequence[NamedShape], outputs: Sequence[NamedShape], moved: list[str]) -> list[str]:
    if not inputs and not outputs:
        return []
    shaped = [str(item) for item in (*inputs, *outputs) if item.shape is not None]
    if shaped:
        return [f"shape change: {', '.join(shaped)}", *moved]
    return moved or ["all inputs or outputs named without shapes: nothing to do"]
