"""Other input shapes taken through the whole model: inference, contradictions, and the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx_ir as ir

from modelwright.errors import ShapeError
from modelwright.formats import Dim
from modelwright.passes.contradictions import Contradiction, find_contradictions
from modelwright.passes.functions import inline_functions
from modelwright.passes.infer_again import infer_again
from modelwright.passes.rebatch.apply import rewrite_batch
from modelwright.passes.rebatch.change import BatchChange, batch_change
from modelwright.passes.rebatch.found import Trace
from modelwright.passes.rebatch.trace import trace_batch
from modelwright.passes.set_shapes import ShapeChange

_SHOWN = 10
_WEIGHTS_ARE_INPUTS = 3
"""The last IR version in which every initializer is an input too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaped:
    """What taking new shapes through the model led to.

    Attributes:
        done: Phrases for what was rewritten.
        warnings: What cannot be rewritten and may matter.
        details: ``shapes_changed``; and ``batch`` where the batch of the source is fixed.
    """

    done: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def reshape(model: ir.Model, changes: Sequence[ShapeChange], *, rebatch: bool) -> Reshaped:
    """Infers all shapes again after inputs have changed, in place.

    Args:
        model: The model; its inputs have their new shapes.
        changes: What changed.
        rebatch: Whether constants that provably are the batch are rewritten.

    Raises:
        ShapeError: A node or a constant contradicts the new shapes; all of them are named.
    """
    change = batch_change(model, changes)
    done: list[str] = _weights_only(model)
    trace = None
    if change is not None and (rebatch or change.was_fixed):
        trace, more = _traced(model, change, rebatch=rebatch)
        done += more
    infer_again(model, _renamed(changes))
    found = find_contradictions(model)
    if found or (trace is not None and trace.fixed and not rebatch):
        raise _refused(model, changes, change, trace, found, rebatch=rebatch)
    warnings = () if trace is None else tuple(f"{item}; it was left as it is" for item in trace.obstacles)
    return Reshaped(done=tuple(done), warnings=warnings, details=_details(change, trace))


def _weights_only(model: ir.Model) -> list[str]:
    """Takes weights off the inputs where IR version 3 forced them to be there: shapes depend on their values."""
    if (model.ir_version or 0) > _WEIGHTS_ARE_INPUTS:
        return []
    before = len(model.graph.inputs)
    model.graph.inputs[:] = [value for value in model.graph.inputs if not value.is_initializer()]
    count = before - len(model.graph.inputs)
    return [f"{count} weights are no longer inputs, as IR version {model.ir_version} had them"] if count else []


def _traced(model: ir.Model, change: BatchChange, *, rebatch: bool) -> tuple[Trace, list[str]]:
    """The way of the batch, and what was rewritten on it."""
    done: list[str] = []
    inlined = model
    if model.functions:
        inlined = model if rebatch else model.clone()
        names = inline_functions(inlined)
        done = [f"functions were inlined: {', '.join(names)}"] if rebatch else []
    trace, originals = trace_batch(inlined, change)
    if rebatch:
        done += rewrite_batch(model, change, trace.fixed, originals)
    return trace, done


def _renamed(changes: Sequence[ShapeChange]) -> dict[str, Dim]:
    """Symbolic dimensions that were given something else."""
    return {
        old: new
        for change in changes
        for old, new in zip(change.old or (), change.new, strict=False)
        if isinstance(old, str) and old != new
    }


def _details(change: BatchChange | None, trace: Trace | None) -> dict[str, Any]:
    if change is None or trace is None or not (change.was_fixed or trace.fixed):
        return {"shapes_changed": True}
    batch = {"size": change.old, "inputs": dict(change.axes), "outputs": dict(trace.outputs), "only": change.only}
    return {"shapes_changed": True, "batch": batch}


def _refused(
    model: ir.Model,
    changes: Sequence[ShapeChange],
    change: BatchChange | None,
    trace: Trace | None,
    found: Sequence[Contradiction],
    *,
    rebatch: bool,
) -> ShapeError:
    """The error that names everything that contradicts the new shapes, and what helps."""
    if trace is None and change is not None and not model.functions:
        trace, _ = trace_batch(model, change)
    fixed = [str(item) for item in trace.fixed] if trace is not None else []
    reasons = [item.reason for item in found]
    if not reasons:
        reasons = [f"the old batch {change.old if change else ''} is fixed in {item}" for item in fixed]
    shown = "; ".join(reasons[:_SHOWN]) + (f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else "")
    hint = "the model fixes these sizes inside; give other shapes, or export it again with free dimensions"
    if fixed and not rebatch:
        listed = "; ".join(fixed[:_SHOWN])
        hint = f"--rebatch rewrites what provably is the batch: {listed}"
    if trace is not None and trace.obstacles:
        hint += f". It cannot rewrite: {'; '.join(trace.obstacles[:_SHOWN])}"
    shapes = ", ".join(str(item) for item in changes)
    return ShapeError(f"the model contradicts the new shapes ({shapes}): {shown}", hint=hint, node=_first(found))


def _first(found: Sequence[Contradiction]) -> str:
    return found[0].node if found else ""
