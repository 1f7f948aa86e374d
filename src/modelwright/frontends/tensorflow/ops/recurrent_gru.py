"""Recognizes the cell of a GRU in a loop's body.

Keras (``GRUCell`` with ``reset_after=True``, its default) writes, with the gates z, r, h side by side in the columns of
the weights, and the biases of the input and of the hidden state as rows of one tensor,

    xz, xr, xh = split(x[t] @ kernel + bias[0], 3)
    sz, sr, sh = split(h @ recurrent_kernel + bias[1], 3)
    z, r = sigmoid(xz + sz), sigmoid(xr + sr)
    h = z * h + (1 - z) * activation(xh + r * sh)

(Cho et al. 2014, in the form that cuDNN computes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.frontends.tensorflow.ops.recurrent_cell import (
    ACTIVATIONS,
    ADDS,
    activated,
    product,
    sequence_item,
    sides,
)

ArrayOf = Callable[[str], "np.ndarray | None"]
"""Gives the constant behind a reference of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GruCell:
    """What a cell is made of.

    Attributes:
        hidden: Argument number of the hidden state.
        sequence: Argument number of the list that holds the inputs, one each trip.
        position: Argument number of the counter that picks the input.
        kernel: The input's weights ``[inputs, 3 * units]``.
        recurrent: The hidden state's weights ``[units, 3 * units]``.
        biases: Bias of the input and of the hidden state, ``[3 * units]`` each.
        activations: Those of the gates and of the candidate.
    """

    hidden: int
    sequence: int
    position: int
    kernel: np.ndarray
    recurrent: np.ndarray
    biases: tuple[np.ndarray, np.ndarray]
    activations: tuple[str, str]


def find_gru(view: FunctionView, hidden: int, array_of: ArrayOf) -> GruCell | None:
    """The cell whose state is this argument, or None if the body computes something else."""
    for kept, added in sides(view, view.results[hidden], *ADDS):
        gate = next((one for one, other in sides(view, kept, "Mul") if view.argument(other) == hidden), None)
        update = activated(view, gate, "Sigmoid") if gate is not None else None
        for rest, candidate in sides(view, added, "Mul"):
            shown = activated(view, candidate, *ACTIVATIONS)
            if gate is None or update is None or shown is None or not _is_rest(view, rest, gate):
                continue
            found = _with_gates(view, hidden, update[1], shown[1], array_of)
            if found is not None:
                kernel, recurrent, biases, item = found
                return GruCell(
                    hidden=hidden,
                    sequence=item[0],
                    position=item[1],
                    kernel=kernel,
                    recurrent=recurrent,
                    biases=biases,
                    activations=("Sigmoid", shown[0]),
                )
    return None


def _is_rest(view: FunctionView, reference: str, gate: str) -> bool:
    """Whether a tensor is 1 - gate."""
    node = view.producer(reference)
    if node is None or node.op != "Sub":
        return False
    one, other = view.inputs(node)
    array = view.array(one)
    return (
        array is not None and array.size == 1 and bool((array == 1).all()) and view.resolve(other) == view.resolve(gate)
    )


_Parts = tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], tuple[int, int]]


def _with_gates(view: FunctionView, hidden: int, update: str, candidate: str, array_of: ArrayOf) -> _Parts | None:
    """Weights, biases and input of the cell, given what the update gate and the candidate are made of."""
    for given, scaled in sides(view, candidate, *ADDS):
        for gate, state in sides(view, scaled, "Mul"):
            reset = activated(view, gate, "Sigmoid")
            if reset is None:
                continue
            inputs, states = _parts(view, update, reset[1], (given, state), array_of, hidden)
            if inputs is not None and states is not None:
                item = sequence_item(view, inputs[2])
                if item is not None and len(states[0]) * 3 == states[0].shape[1] == inputs[0].shape[1]:
                    return inputs[0], states[0], (inputs[1], states[1]), item
    return None


_Half = tuple[np.ndarray, np.ndarray, str]
"""Weights, bias, and the reference that the weights multiply."""


def _parts(
    view: FunctionView, update: str, reset: str, last: tuple[str, str], array_of: ArrayOf, hidden: int
) -> tuple[_Half | None, _Half | None]:
    """The input's and the hidden state's halves of the sums, if all three gates take their columns in order."""
    for update_pair in sides(view, update, *ADDS):
        for reset_pair in sides(view, reset, *ADDS):
            columns = [[_columns(view, pair[side]) for pair in (update_pair, reset_pair, last)] for side in range(2)]
            halves = [_half(view, found, array_of) for found in columns]
            if halves[0] is not None and halves[1] is not None and view.argument(halves[1][2]) == hidden:
                return halves[0], halves[1]
    return None, None


def _columns(view: FunctionView, reference: str) -> tuple[str, int, int] | None:
    """Which columns of which tensor a tensor is: the tensor, the first column's number or part, and 0 or the parts."""
    name, _, index = view.resolve(reference).partition(":")
    node = view.producer(name)
    if node is None or node.op not in ("Split", "StridedSlice"):
        return None
    inputs = view.inputs(node)
    if node.op == "Split":
        return (view.resolve(inputs[1]), int(index), 3) if view.integer(inputs[0]) in (1, -1) else None
    begin, end, step = (view.array(item) for item in inputs[1:4])
    masks = [node.attr[name].i for name in ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")]
    if begin is None or end is None or step is None or begin.shape != (2,) or any(masks) or (step != 1).any():
        return None
    if not node.attr["begin_mask"].i & 1 or not node.attr["end_mask"].i & 1:
        return None
    start = 0 if node.attr["begin_mask"].i & 2 else int(begin[1])
    stop = -1 if node.attr["end_mask"].i & 2 else int(end[1])
    return view.resolve(inputs[0]), start, stop


def _half(view: FunctionView, columns: list[tuple[str, int, int] | None], array_of: ArrayOf) -> _Half | None:
    """Weights and bias of a sum of which three tensors are the columns, in order."""
    known = [item for item in columns if item is not None]
    if len(known) != 3 or any(item[0] != known[0][0] for item in known):
        return None
    node = view.producer(known[0][0])
    if node is None or node.op not in ("BiasAdd", *ADDS):
        return None
    left, right = view.inputs(node)
    factors, bias = product(view, left), _bias(view, right, array_of)
    weights = array_of(factors[1]) if factors is not None else None
    if factors is None or weights is None or bias is None or weights.ndim != 2 or bias.shape != weights.shape[1:]:
        return None
    units = weights.shape[1] // 3
    places = [item[1:] for item in known]
    split = [(index, 3) for index in range(3)]
    sliced = [(0, units), (units, 2 * units), (2 * units, -1)]
    return (weights, bias, factors[0]) if places in (split, sliced, [*sliced[:2], (2 * units, 3 * units)]) else None


def _bias(view: FunctionView, reference: str, array_of: ArrayOf) -> np.ndarray | None:
    """A bias: a constant, or a row of a constant."""
    whole = array_of(reference)
    if whole is not None:
        return whole
    name, _, index = view.resolve(reference).partition(":")
    node = view.producer(name)
    if node is not None and node.op == "Squeeze":
        name, _, index = view.resolve(view.inputs(node)[0]).partition(":")
        node = view.producer(name)
        if node is None or node.op != "Split" or view.integer(view.inputs(node)[0]) != 0:
            return None
        rows = array_of(view.inputs(node)[1])
    elif node is not None and node.op == "Unpack" and node.attr["axis"].i == 0:
        rows = array_of(view.inputs(node)[0])
    else:
        return None
    return rows[int(index)] if rows is not None and rows.ndim == 2 and len(rows) == 2 else None
