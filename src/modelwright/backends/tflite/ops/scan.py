"""Scan as a Loop that picks an entry of each sequence in every turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.bodies import inside
from modelwright.backends.tflite.builder import BOOL, INT64, LiteBuilder
from modelwright.backends.tflite.operators import window_op


@window_op("Scan")
def scan(
    op: LiteBuilder,
    *values: ir.Value,
    body: ir.Graph,
    num_scan_inputs: int,
    scan_input_axes: Sequence[int] | None = None,
    scan_input_directions: Sequence[int] | None = None,
    scan_output_axes: Sequence[int] | None = None,
    scan_output_directions: Sequence[int] | None = None,
) -> tuple[ir.Value, ...]:
    """A Loop; what it collects is turned into the order asked for afterwards."""
    count = len(values) - num_scan_inputs
    states, sequences = values[:count], values[count:]
    axes = [axis % op.need_rank(x) for axis, x in zip(scan_input_axes or [0] * len(sequences), sequences, strict=True)]
    backwards = scan_input_directions or [0] * len(sequences)
    length = op.gather(op.shape_of(sequences[0]), [axes[0]])
    turn, going = _head(op, body)
    for inner, outer in zip(list(body.inputs)[:count], states, strict=True):
        inner.type, inner.shape = outer.type or inner.type, inner.shape or outer.shape
    _pick_entries(op, body, turn, length, sequences, axes, backwards, count)
    body.inputs[:] = [turn, going, *list(body.inputs)[:count]]
    collected = len(body.outputs) - count
    body.outputs[:] = [_passed_on(op, body, going), *list(body.outputs)]
    made = op.emit("Loop", [op.reshape(length, []), None, *states], {"body": body}, outputs=max(count + collected, 1))
    results = made if isinstance(made, tuple) else (made,)
    outputs = [
        _turned(op, item, axis, flag)
        for item, axis, flag in zip(
            results[count:],
            scan_output_axes or [0] * collected,
            scan_output_directions or [0] * collected,
            strict=True,
        )
    ]
    return (*results[:count], *outputs)


def _head(op: LiteBuilder, body: ir.Graph) -> tuple[ir.Value, ir.Value]:
    """The counter and the condition that the body of a Loop takes first."""
    del body
    turn = ir.Value(name=op.names.unique(f"{op.origin}/turn"), type=ir.TensorType(INT64), shape=ir.Shape([]))
    going = ir.Value(name=op.names.unique(f"{op.origin}/going"), type=ir.TensorType(BOOL), shape=ir.Shape([]))
    return turn, going


def _passed_on(op: LiteBuilder, body: ir.Graph, going: ir.Value) -> ir.Value:
    made = inside(op, body).first(inside(op, body).emit("Identity", [going]))
    made.type, made.shape = going.type, going.shape
    return made


def _pick_entries(
    op: LiteBuilder,
    body: ir.Graph,
    turn: ir.Value,
    length: ir.Value,
    sequences: Sequence[ir.Value],
    axes: Sequence[int],
    backwards: Sequence[int],
    count: int,
) -> None:
    """Lets the body take the entry of this turn from the sequences outside."""
    inner = inside(op, body)
    inner.before = body[0] if len(body) else None
    last = op.Sub(op.reshape(length, []), np.asarray(1, np.int64))
    for value, outer, axis, flag in zip(list(body.inputs)[count:], sequences, axes, backwards, strict=True):
        place = inner.Sub(last, turn) if flag else turn
        entry = inner.Gather(outer, place, axis=axis)
        entry.type, entry.shape = value.type or outer.type, value.shape
        value.replace_all_uses_with(entry, replace_graph_outputs=True)


def _turned(op: LiteBuilder, x: ir.Value, axis: int, backwards: int) -> ir.Value:
    if backwards:
        x = op.slice(x, [-1], [None], [0], [-1])
    rank = op.rank(x)
    if axis == 0 or rank is None:
        return x
    order = list(range(1, rank))
    order.insert(axis % rank, 0)
    return op.transpose(x, order)
