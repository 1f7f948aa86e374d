"""One direction of a recurrent layer: its way through the steps, and what each of them leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.builder import Tensor
from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.recurrent.cells import Cell, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one direction begins with.

    Attributes:
        cell: What all steps share.
        parts: The input's part of all gates for all steps, ``[steps, batch, gates * hidden]``.
        lengths: How many steps each entry of the batch has; None for all.
        hidden: The first state, ``[batch, hidden]``, or one for all of the batch.
        memory: LSTM: the first state of the cell, likewise.
        nothing: Zeros ``[1, hidden]``, which stand behind the end of an entry.
        backwards: Whether it begins at the last step.
    """

    cell: Cell
    parts: ir.Value
    lengths: ir.Value | None
    hidden: ir.Value
    memory: ir.Value | None
    nothing: ir.Value
    backwards: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All hidden states ``[steps, 1, batch, hidden]``, the last one ``[1, batch, hidden]``, and LSTM's cell."""

    all: ir.Value
    hidden: ir.Value
    memory: ir.Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """After a step: the states, and what is shown as its result, each ``[batch, hidden]``."""

    hidden: ir.Value
    memory: ir.Value | None
    shown: ir.Value


def advance(op: OpsetBuilder, run: Run, number: Tensor, entry: ir.Value, before: State) -> State:
    """Emits a step.

    Args:
        op: Emits into the graph or the body that the step is in.
        run: The direction.
        number: The step's number, int64 of rank 0.
        entry: The input's part of all gates, ``[batch, gates * hidden]``.
        before: The states before it.
    """
    new, kept = step(op, run.cell, entry, before.hidden, before.memory)
    if run.lengths is None:
        return State(hidden=new, memory=kept, shown=new)
    runs = op.unsqueeze(op.Less(_like(op, number, run.lengths), run.lengths), [1])
    return State(
        hidden=op.Where(runs, new, before.hidden),
        memory=None if kept is None or before.memory is None else op.Where(runs, kept, before.memory),
        shown=op.Where(runs, new, run.nothing),
    )


def _like(op: OpsetBuilder, number: Tensor, other: ir.Value) -> Tensor:
    """A number in the dtype of another value."""
    dtype = op.dtype(other)
    if isinstance(number, ir.Value):
        return op.cast(number, dtype)
    return np.asarray(number, dtype.numpy())
