"""Scan as a Loop that picks an entry of each sequence in every turn.

Source: the definition of Scan in the ONNX standard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder

Inside = Callable[[ir.Graph], OpsetBuilder]
"""What makes a builder that emits into a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """The attributes of a Scan, whose defaults are 0 for each.

    Attributes:
        body: The graph of one turn; it is changed.
        inputs: How many of the node's inputs are sequences.
        input_axes: Along which axis each runs.
        input_directions: 1 where it runs backwards.
        output_axes: Along which axis results are stacked.
        output_directions: 1 where the last one comes first.
    """

    body: ir.Graph
    inputs: int
    input_axes: Sequence[int] | None = None
    input_directions: Sequence[int] | None = None
    output_axes: Sequence[int] | None = None
    output_directions: Sequence[int] | None = None


def scanned(node: ir.Node) -> Scanned:
    """What a Scan says."""
    given = {item.name: item.value for item in node.attributes.values()}
    return Scanned(
        body=node.attributes["body"].as_graph(),
        inputs=given["num_scan_inputs"],
        input_axes=given.get("scan_input_axes"),
        input_directions=given.get("scan_input_directions"),
        output_axes=given.get("scan_output_axes"),
        output_directions=given.get("scan_output_directions"),
    )


def as_loop(op: OpsetBuilder, values: Sequence[ir.Value], scan: Scanned, inside: Inside) -> tuple[ir.Value, ...]:
    """Emits the Loop; what it collects is turned into the order asked for afterwards.

    Args:
        op: Emits in front of the node.
        values: The node's inputs.
        scan: Its attributes.
        inside: Makes a builder for the body.

    Raises:
        ConversionError: The rank of a sequence is not known.
    """
    body, count = scan.body, len(values) - scan.inputs
    states, sequences = values[:count], values[count:]
    axes = [axis % _rank(op, x) for axis, x in zip(scan.input_axes or [0] * len(sequences), sequences, strict=True)]
    length = op.gather(op.shape_of(sequences[0]), [axes[0]])
    turn, going = _head(op)
    for inner, outer in zip(list(body.inputs)[:count], states, strict=True):
        inner.type, inner.shape = outer.type or inner.type, inner.shape or outer.shape
    backwards = scan.input_directions or [0] * len(sequences)
    _pick_entries(
        op, inside(body), list(body.inputs)[count:], turn, length, list(zip(sequences, axes, backwards, strict=True))
    )
    body.inputs[:] = [turn, going, *list(body.inputs)[:count]]
    collected = len(body.outputs) - count
    body.outputs[:] = [_passed_on(inside(body), going), *list(body.outputs)]
    made = op.emit("Loop", [op.reshape(length, []), None, *states], {"body": body}, outputs=max(count + collected, 1))
    results = made if isinstance(made, tuple) else (made,)
    asked = zip(scan.output_axes or [0] * collected, scan.output_directions or [0] * collected, strict=True)
    rows = zip(results[count:], body.outputs[1 + count :], asked, strict=True)
    return (*results[:count], *(_turned(op, item, row, axis, flag) for item, row, (axis, flag) in rows))


def _rank(op: OpsetBuilder, value: ir.Value) -> int:
    rank = op.rank(value)
    if rank is None:
        raise ConversionError(f"the rank of {value.name!r} is not known")
    return rank


def _head(op: OpsetBuilder) -> tuple[ir.Value, ir.Value]:
    """The counter and the condition that the body of a Loop takes first."""
    kinds = (("turn", ir.DataType.INT64), ("going", ir.DataType.BOOL))
    turn, going = (
        ir.Value(name=op.names.unique(f"{op.origin}/{name}"), type=ir.TensorType(dtype), shape=ir.Shape([]))
        for name, dtype in kinds
    )
    return turn, going


def _passed_on(inner: OpsetBuilder, going: ir.Value) -> ir.Value:
    made: ir.Value = inner.Identity(going)
    made.type, made.shape = going.type, going.shape
    return made


def _pick_entries(
    op: OpsetBuilder,
    inner: OpsetBuilder,
    inputs: Sequence[ir.Value],
    turn: ir.Value,
    length: ir.Value,
    sequences: Sequence[tuple[ir.Value, int, int]],
) -> None:
    """Lets the body take the entry of this turn from the sequences outside."""
    inner.before = inner.graph[0] if len(inner.graph) else None
    last = op.Sub(op.reshape(length, []), np.asarray(1, np.int64))
    for value, (outer, axis, flag) in zip(inputs, sequences, strict=True):
        place = inner.Sub(last, turn) if flag else turn
        entry = inner.Gather(outer, place, axis=axis)
        entry.type, entry.shape = value.type or outer.type, value.shape
        value.replace_all_uses_with(entry, replace_graph_outputs=True)


def _turned(op: OpsetBuilder, x: ir.Value, row: ir.Value, axis: int, backwards: int) -> ir.Value:
    """Rows in the order asked for, along the axis asked for."""
    if backwards:
        x = op.slice(x, [-1], [None], [0], [-1])
    if axis == 0:
        return x
    rank = _rank(op, row) + 1
    order = list(range(1, rank))
    order.insert(axis % rank, 0)
    return op.transpose(x, order)
