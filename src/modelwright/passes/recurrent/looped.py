"""A direction of a recurrent layer as a Loop, for steps whose number is not known or large."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.recurrent.runs import Results, Run, State, advance

Inside = Callable[[ir.Graph], OpsetBuilder]
"""What makes a builder that emits into a body."""


def looped(op: OpsetBuilder, run: Run, inside: Inside) -> Results:
    """Emits the Loop, which carries the states and collects what each step shows.

    Args:
        op: Emits in front of the node.
        run: The direction.
        inside: Makes a builder for the body.
    """
    steps = op.reshape(op.dim_of(run.parts, 0), [])
    begun = [_for_batch(op, run, state) for state in (run.hidden, run.memory) if state is not None]
    turn, going = _scalar(op, "turn", ir.DataType.INT64), _scalar(op, "going", ir.DataType.BOOL)
    states = [_carried(op, state) for state in begun]
    body = ir.Graph([turn, going, *states], [], nodes=[], opset_imports=op.graph.opset_imports)
    body.name = op.names.unique(f"{op.origin}/steps")
    inner = inside(body)
    number = inner.Sub(op.Sub(steps, np.asarray(1, np.int64)), turn) if run.backwards else turn
    before = State(hidden=states[0], memory=states[1] if len(states) > 1 else None, shown=states[0])
    after = advance(inner, run, number, inner.gather(run.parts, number, 0), before)
    left = [item for item in (after.hidden, after.memory) if item is not None]
    body.outputs.extend([inner.Identity(going), *left, inner.Identity(after.shown)])
    *ends, rows = op.Loop(steps, None, *begun, body=body, outputs=len(left) + 1)
    rows = op.slice(rows, [-1], [None], [0], [-1]) if run.backwards else rows
    return Results(
        all=op.unsqueeze(rows, [1]),
        hidden=op.unsqueeze(ends[0], [0]),
        memory=op.unsqueeze(ends[1], [0]) if len(ends) > 1 else None,
    )


def _for_batch(op: OpsetBuilder, run: Run, state: ir.Value) -> ir.Value:
    """A first state for each entry of the batch: what is carried keeps its sizes."""
    if state is not run.nothing:
        return state
    return op.Expand(state, op.concat([op.dim_of(run.parts, 1), op.ints(run.cell.hidden)], 0))


def _scalar(op: OpsetBuilder, name: str, dtype: ir.DataType) -> ir.Value:
    return ir.Value(name=op.names.unique(f"{op.origin}/{name}"), type=ir.TensorType(dtype), shape=ir.Shape([]))


def _carried(op: OpsetBuilder, state: ir.Value) -> ir.Value:
    shape = op.shape(state)
    return ir.Value(
        name=op.names.unique(f"{op.origin}/state"),
        type=ir.TensorType(op.dtype(state)),
        shape=None if shape is None else ir.Shape(shape),
    )
