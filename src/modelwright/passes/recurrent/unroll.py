"""LSTM, GRU and RNN as one copy of their cell for each step, or as a Loop, for targets without recurrent operators.

Source: the definitions of LSTM, GRU and RNN in the ONNX standard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.recurrent.cells import Cell, activations_of
from modelwright.passes.recurrent.looped import Inside, looped
from modelwright.passes.recurrent.runs import Results, Run, State, advance

RECURRENT: Final = ("LSTM", "GRU", "RNN")
"""The operators."""

_MOST_STEPS: Final = 512
_USUAL: Final = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
_GATES: Final = {"LSTM": 4, "GRU": 3, "RNN": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tensors:
    """The tensors of a node; of one direction once it is picked."""

    x: ir.Value
    w: ir.Value
    r: ir.Value
    b: ir.Value | None = None
    lengths: ir.Value | None = None
    h: ir.Value | None = None
    c: ir.Value | None = None
    p: ir.Value | None = None


def unroll(node: ir.Node, op: OpsetBuilder, inside: Inside | None = None) -> tuple[ir.Value, ...]:
    """Emits the steps of a node, and gives what takes the place of its outputs.

    Args:
        node: An LSTM, GRU or RNN.
        op: Emits in front of it.
        inside: Makes a builder for the body of a Loop, which is written where the number of steps is not known or
            large; None where there may be no Loop.

    Raises:
        ConversionError: An activation is not known, or there may be no Loop, and one would be needed.
    """
    attributes = {item.name: item.value for item in node.attributes.values()}
    values = [*node.inputs, *[None] * 8]
    x, w, r = values[:3]
    if x is None or w is None or r is None:
        raise ConversionError("data or weights are missing")
    given = _Tensors(x=x, w=w, r=r, b=values[3], lengths=values[4], h=values[5], c=values[6], p=values[7])
    batch_first = bool(attributes.get("layout", 0))
    given = _steps_first(op, given) if batch_first else given
    steps = _steps(op, x, 1 if batch_first else 0, inside)
    count = 2 if attributes.get("direction") == "bidirectional" else 1
    found = [
        _results(op, _run(op, node.op_type, attributes, _of_direction(op, given, number), number), steps)
        for number in range(count)
    ]
    y = op.concat([item.all for item in found], 1)
    ends = [op.concat([item.hidden for item in found], 0)]
    memories = [item.memory for item in found if item.memory is not None]
    ends += [op.concat(memories, 0)] if memories else []
    if batch_first:
        y, ends = op.transpose(y, [2, 0, 1, 3]), [op.transpose(end, [1, 0, 2]) for end in ends]
    return (y, *ends)[: len(node.outputs)]


def _steps(op: OpsetBuilder, x: ir.Value, axis: int, inside: Inside | None) -> int | Inside:
    """The number of steps, or what makes the body of a Loop."""
    shape = op.shape(x)
    steps = None if shape is None else shape[axis]
    if inside is not None and not (isinstance(steps, int) and steps <= _MOST_STEPS):
        return inside
    if not isinstance(steps, int):
        raise ConversionError("its number of steps is not known", hint="fix the sizes of the inputs in the conversion")
    if not 1 <= steps <= _MOST_STEPS:
        raise ConversionError(f"it has {steps} steps, and 1 to {_MOST_STEPS} are written one by one")
    return steps


def _steps_first(op: OpsetBuilder, given: _Tensors) -> _Tensors:
    def turned(value: ir.Value | None) -> ir.Value | None:
        return None if value is None else op.transpose(value, [1, 0, 2])

    return replace(given, x=op.transpose(given.x, [1, 0, 2]), h=turned(given.h), c=turned(given.c))


def _of_direction(op: OpsetBuilder, given: _Tensors, number: int) -> _Tensors:
    def pick(value: ir.Value | None) -> ir.Value | None:
        return None if value is None else op.gather(value, number, 0)

    return replace(
        given,
        w=op.gather(given.w, number, 0),
        r=op.gather(given.r, number, 0),
        b=pick(given.b),
        h=pick(given.h),
        c=pick(given.c),
        p=pick(given.p),
    )


def _run(op: OpsetBuilder, kind: str, attributes: dict[str, Any], given: _Tensors, number: int) -> Run:
    cell, parts = _cell(op, kind, attributes, given, number)
    nothing = op.constant(np.zeros((1, cell.hidden), op.dtype(given.x).numpy()))
    return Run(
        cell=cell,
        parts=parts,
        lengths=given.lengths,
        hidden=given.h or nothing,
        memory=(given.c or nothing) if kind == "LSTM" else None,
        nothing=nothing,
        backwards=number == 1 or attributes.get("direction") == "reverse",
    )


def _results(op: OpsetBuilder, run: Run, steps: int | Inside) -> Results:
    if not isinstance(steps, int):
        return looped(op, run, steps)
    state = State(hidden=run.hidden, memory=run.memory, shown=run.nothing)
    shown: list[ir.Value] = []
    for number in reversed(range(steps)) if run.backwards else range(steps):
        state = advance(op, run, np.asarray(number, np.int64), op.gather(run.parts, number, 0), state)
        shown.append(op.unsqueeze(state.shown, [0, 1]))
    return Results(
        all=op.concat(shown[::-1] if run.backwards else shown, 0),
        hidden=op.unsqueeze(state.hidden, [0]),
        memory=None if state.memory is None else op.unsqueeze(state.memory, [0]),
    )


def _cell(
    op: OpsetBuilder, kind: str, attributes: dict[str, Any], given: _Tensors, number: int
) -> tuple[Cell, ir.Value]:
    """What all steps share, and the input's part of all gates for all steps, ``[steps, batch, gates * hidden]``."""
    size = _hidden(op, kind, attributes, given)
    gates, each = _GATES[kind], len(_USUAL[kind])
    names: Sequence[str] = attributes.get("activations") or _USUAL[kind] * 2
    activations = activations_of(names, attributes.get("activation_alpha"), attributes.get("activation_beta"))
    parts = op.MatMul(given.x, op.transpose(given.w, [1, 0]))
    late = None
    if given.b is not None:
        of_input, of_state = op.split(given.b, [gates * size] * 2, 0)
        if kind == "GRU":
            early, late = op.split(of_state, [2 * size, size], 0)
            of_state = op.concat([early, op.constant(np.zeros(size, op.dtype(given.b).numpy()))], 0)
        parts = op.Add(parts, op.Add(of_input, of_state))
    cell = Cell(
        kind=kind,
        hidden=size,
        recurrent=op.transpose(given.r, [1, 0]),
        bias=late,
        peepholes=given.p,
        activations=activations[number * each : (number + 1) * each],
        clip=attributes.get("clip"),
        coupled=bool(attributes.get("input_forget", 0)),
        reset_after=bool(attributes.get("linear_before_reset", 0)),
    )
    return cell, parts


def _hidden(op: OpsetBuilder, kind: str, attributes: dict[str, Any], given: _Tensors) -> int:
    size = attributes.get("hidden_size")
    shape = op.shape(given.r)
    found = size or (shape[-1] if shape else None)
    if not isinstance(found, int):
        raise ConversionError(f"the size of the {kind}'s state is not known")
    return found
