"""Recognizes the cell of an LSTM in a loop's body.

Keras writes, with the gates i, f, g, o side by side in the columns of the weights,

    i, f, g, o = split(x[t] @ kernel + h @ recurrent_kernel + bias, 4)
    c = sigmoid(f) * c + sigmoid(i) * activation(g)
    h = sigmoid(o) * activation(c)

(``keras.layers.LSTMCell``; Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modelwright.frontends.tensorflow.function_view import FunctionView

ADDS = ("AddV2", "Add")
ACTIVATIONS = ("Tanh", "Relu", "Sigmoid")


@dataclass(frozen=True, slots=True, kw_only=True)
class LstmCell:
    """What a cell is made of.

    Attributes:
        hidden: Argument number of the hidden state.
        cell: Argument number of the cell state.
        sequence: Argument number of the list that holds the inputs, one each trip.
        position: Argument number of the counter that picks the input.
        kernel: Reference of the input's weights ``[inputs, 4 * units]``.
        recurrent: Reference of the hidden state's weights ``[units, 4 * units]``.
        bias: Reference of the bias ``[4 * units]``, or None.
        activations: Those of the gates, of the candidate and of the output.
    """

    hidden: int
    cell: int
    sequence: int
    position: int
    kernel: str
    recurrent: str
    bias: str | None
    activations: tuple[str, str, str]


def find_lstm(view: FunctionView, hidden: int, cell: int) -> LstmCell | None:
    """The cell whose states are these two arguments, or None if the body computes something else."""
    states = _states(view, hidden, cell)
    if states is None:
        return None
    gates, activations = states
    split = view.producer(gates[0])
    places = [view.resolve(gate).partition(":") for gate in gates]
    if split is None or split.op != "Split" or [place[0] for place in places] != [split.name] * 4:
        return None
    axis, joined = view.inputs(split)
    if [place[2] for place in places] != ["0", "1", "2", "3"] or view.integer(axis) not in (1, -1):
        return None
    return _with_weights(view, joined, hidden, cell, activations)


def sides(view: FunctionView, reference: str, *operators: str) -> Iterator[tuple[str, str]]:
    """Both orders of the inputs of a commutative node, if one of these operators made the tensor."""
    node = view.producer(reference)
    if node is not None and node.op in operators:
        left, right = view.inputs(node)
        yield left, right
        yield right, left


def activated(view: FunctionView, reference: str, *operators: str) -> tuple[str, str] | None:
    """The activation that made a tensor, and its input."""
    node = view.producer(reference)
    return (node.op, view.inputs(node)[0]) if node is not None and node.op in operators else None


def _states(view: FunctionView, hidden: int, cell: int) -> tuple[list[str], tuple[str, str, str]] | None:
    """The tensors that the gates i, f, g, o are made of, and the activations."""
    output = _output(view, hidden, cell)
    if output is None:
        return None
    for kept, added in sides(view, view.results[cell], *ADDS):
        forget = next(
            (
                gate[1]
                for one, other in sides(view, kept, "Mul")
                if view.argument(other) == cell and (gate := activated(view, one, "Sigmoid"))
            ),
            None,
        )
        for one, other in sides(view, added, "Mul"):
            gate, candidate = activated(view, one, "Sigmoid"), activated(view, other, *ACTIVATIONS)
            if forget is not None and gate is not None and candidate is not None:
                gates = [gate[1], forget, candidate[1], output[0]]
                return gates, ("Sigmoid", candidate[0], output[1])
    return None


def _output(view: FunctionView, hidden: int, cell: int) -> tuple[str, str] | None:
    """What the output gate is made of, and the activation of the cell state."""
    for one, other in sides(view, view.results[hidden], "Mul"):
        gate, shown = activated(view, one, "Sigmoid"), activated(view, other, *ACTIVATIONS)
        if gate is not None and shown is not None and view.resolve(shown[1]) == view.results[cell]:
            return gate[1], shown[0]
    return None


def _with_weights(
    view: FunctionView, joined: str, hidden: int, cell: int, activations: tuple[str, str, str]
) -> LstmCell | None:
    bias: str | None = None
    node = view.producer(joined)
    if node is not None and node.op == "BiasAdd":
        joined, bias = view.inputs(node)
    for one, other in sides(view, joined, *ADDS):
        inputs, states = product(view, one), product(view, other)
        if inputs is None or states is None or view.argument(states[0]) != hidden:
            continue
        item = sequence_item(view, inputs[0])
        if item is None:
            return None
        return LstmCell(
            hidden=hidden,
            cell=cell,
            sequence=item[0],
            position=item[1],
            kernel=inputs[1],
            recurrent=states[1],
            bias=bias,
            activations=activations,
        )
    return None


def sequence_item(view: FunctionView, reference: str) -> tuple[int, int] | None:
    """Argument numbers of a list and of the counter that picks the tensor from it."""
    node = view.producer(reference)
    if node is None or node.op not in ("TensorListGetItem", "TensorArrayReadV3"):
        return None
    inputs = view.inputs(node)
    sequence = view.argument(inputs[0 if node.op == "TensorListGetItem" else 2])
    position = view.argument(inputs[1])
    return None if sequence is None or position is None else (sequence, position)


def product(view: FunctionView, reference: str) -> tuple[str, str] | None:
    """The factors of a plain matrix product."""
    node: Any = view.producer(reference)
    if node is None or node.op != "MatMul" or any(node.attr[name].b for name in ("transpose_a", "transpose_b")):
        return None
    left, right = view.inputs(node)
    return left, right
