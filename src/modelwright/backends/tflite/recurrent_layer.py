"""A recurrent layer: TFLite's sequence operator where it computes the same, else a Loop over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.bodies import inside
from modelwright.backends.tflite.builder import BOOL, INT64, LiteBuilder
from modelwright.backends.tflite.sequence_lstm import sequence_lstm
from modelwright.passes.recurrent.cells import Cell, activations_of, step

_USUAL = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A recurrent node.

    Attributes:
        kind: ``LSTM``, ``GRU`` or ``RNN``.
        hidden: Size of the state.
        direction: ``forward``, ``reverse`` or ``bidirectional``.
        activations: Names in ONNX's order, for all directions.
        alphas: Their first numbers.
        betas: Their second numbers.
        clip: Bound of what activations take.
        coupled: LSTM's ``input_forget``.
        reset_after: GRU's ``linear_before_reset``.
        batch_first: Whether the batch comes before the steps.
    """

    kind: str
    hidden: int
    direction: str = "forward"
    activations: Sequence[str] | None = None
    alphas: Sequence[float] | None = None
    betas: Sequence[float] | None = None
    clip: float | None = None
    coupled: bool = False
    reset_after: bool = False
    batch_first: bool = False

    @property
    def plain(self) -> bool:
        """Whether its attributes are those of TFLite's sequence operator."""
        usual = self.activations is None or tuple(self.activations) == _USUAL[self.kind] * self.count
        return usual and self.clip is None and not self.coupled

    @property
    def count(self) -> int:
        """Number of directions."""
        return 2 if self.direction == "bidirectional" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """The tensors of a recurrent node, steps first; of one direction once it is picked."""

    x: ir.Value
    w: ir.Value
    r: ir.Value
    b: ir.Value | None
    lengths: ir.Value | None
    h: ir.Value | None
    c: ir.Value | None
    p: ir.Value | None


def layer_results(op: LiteBuilder, layer: Layer, given: Tensors) -> tuple[ir.Value, ...]:
    """All directions, and their results in the order asked for."""
    if layer.batch_first:
        states = {
            name: op.transpose(value, [1, 0, 2])
            for name in ("x", "h", "c")
            if (value := getattr(given, name)) is not None
        }
        given = replace(given, **states)
    results = [_direction(op, layer, _of_direction(op, given, number), number) for number in range(layer.count)]
    y = op.concat([op.unsqueeze(result[0], [1]) for result in results], 1)
    ends = [
        op.concat([op.unsqueeze(result[place], [0]) for result in results if result[place] is not None], 0)  # pyright: ignore[reportArgumentType]
        for place in ((1, 2) if results[0][2] is not None else (1,))
    ]
    if layer.batch_first:
        y, ends = op.transpose(y, [2, 0, 1, 3]), [op.transpose(end, [1, 0, 2]) for end in ends]
    return tuple([y, *ends][: len(op.node.outputs)])


def _of_direction(op: LiteBuilder, given: Tensors, number: int) -> Tensors:
    def pick(value: ir.Value | None) -> ir.Value | None:
        return None if value is None else op.gather(value, number, 0)

    return Tensors(
        x=given.x,
        w=op.gather(given.w, number, 0),
        r=op.gather(given.r, number, 0),
        b=pick(given.b),
        lengths=given.lengths,
        h=pick(given.h),
        c=pick(given.c),
        p=pick(given.p),
    )


def _direction(
    op: LiteBuilder, layer: Layer, given: Tensors, number: int
) -> tuple[ir.Value, ir.Value, ir.Value | None]:
    """Results of all steps, the last hidden state and the last cell of one direction."""
    backwards = layer.direction == "reverse" or number == 1
    x = _reversed(op, given.x, given.lengths) if backwards else given.x
    given = replace(given, x=x)
    if layer.kind == "LSTM" and layer.plain and given.lengths is None and given.p is None and not op.wants(2):
        found = sequence_lstm(op, x, (given.w, given.r, given.b), (given.h, given.c), layer.hidden)
        if found is not None:
            y = _reversed(op, found, None) if backwards else found
            return y, op.gather(found, -1, 0), None
    y, hidden, memory = _loop(op, layer, given, number)
    return (_reversed(op, y, given.lengths) if backwards else y), hidden, memory


def _reversed(op: LiteBuilder, x: ir.Value, lengths: ir.Value | None) -> ir.Value:
    if lengths is None:
        return op.slice(x, [-1], [None], [0], [-1])
    return op.ReverseSequence(x, op.cast(lengths, INT64), time_axis=0, batch_axis=1)


def _loop(op: LiteBuilder, layer: Layer, given: Tensors, number: int) -> tuple[ir.Value, ir.Value, ir.Value | None]:
    """A Loop over the steps; the input's part of the gates is computed for all steps at once."""
    names = layer.activations or _USUAL[layer.kind] * layer.count
    each = len(_USUAL[layer.kind])
    activations = activations_of(names, layer.alphas, layer.betas)[number * each : (number + 1) * each]
    size, gates = layer.hidden, _GATES[layer.kind]
    parts = op.MatMul(given.x, op.transpose(given.w, [1, 0]))
    late = None
    if given.b is not None:
        of_input, of_state = op.split(given.b, [gates * size] * 2, 0)
        if layer.kind == "GRU":
            early, late = op.split(of_state, [2 * size, size], 0)
            of_state = op.concat([early, op.constant(np.zeros(size, op.dtype(given.b).numpy()))], 0)
        parts = op.Add(parts, op.Add(of_input, of_state))
    cell = Cell(
        kind=layer.kind,
        hidden=size,
        recurrent=op.transpose(given.r, [1, 0]),
        bias=late,
        peepholes=given.p,
        activations=activations,
        clip=layer.clip,
        coupled=layer.coupled,
        reset_after=layer.reset_after,
    )
    states = [_start(op, given.x, given.h, size)]
    if layer.kind == "LSTM":
        states.append(_start(op, given.x, given.c, size))
    body = _body(op, cell, parts, states, given.lengths)
    steps = op.reshape(op.gather(op.shape_of(given.x), [0]), [])
    made = op.emit("Loop", [steps, None, *states], {"body": body}, outputs=len(states) + 1)
    results = list(made) if isinstance(made, tuple) else [made]
    return results[-1], results[0], results[1] if len(states) > 1 else None


def _start(op: LiteBuilder, x: ir.Value, given: ir.Value | None, size: int) -> ir.Value:
    if given is not None:
        return given
    batch = op.gather(op.shape_of(x), [1])
    zero = ir.tensor(np.zeros(1, op.dtype(x).numpy()))
    return op.ConstantOfShape(op.concat([batch, op.ints(size)], 0), value=zero.numpy())


def _body(
    op: LiteBuilder, cell: Cell, parts: ir.Value, states: Sequence[ir.Value], lengths: ir.Value | None
) -> ir.Graph:
    """The body: a step, and of sequences that are over the state that they had."""
    shape = (op.shape(parts) or (None, None))[1]
    kinds = [(INT64, ()), (BOOL, ()), *((op.dtype(state), (shape, cell.hidden)) for state in states)]
    inputs = [
        ir.Value(name=op.names.unique(f"{op.origin}/state"), type=ir.TensorType(dtype), shape=ir.Shape(list(dims)))
        for dtype, dims in kinds
    ]
    body = ir.Graph(inputs, [], nodes=[], name=op.names.unique(f"{op.origin}/step"), opset_imports={"": op.opset})
    inner = inside(op, body)
    memory = inputs[3] if len(inputs) > 3 else None
    hidden, following = step(inner, cell, inner.Gather(parts, inputs[0], axis=0), inputs[2], memory)
    result = hidden
    if lengths is not None:
        running = inner.unsqueeze(inner.Less(inputs[0], inner.cast(lengths, INT64)), [1])
        result = inner.Where(running, hidden, inner.scalar(0, hidden))
        hidden = inner.Where(running, hidden, inputs[2])
        following = None if following is None or memory is None else inner.Where(running, following, memory)
    going = inner.Identity(inputs[1])
    carried = [hidden] if following is None else [hidden, following]
    body.outputs.extend([going, *carried, inner.Identity(result)])
    return body
