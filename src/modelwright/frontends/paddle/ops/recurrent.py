"""Recurrent layers: LSTM, GRU and the plain one, stacked and in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op

_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN_TANH": (0,), "RNN_RELU": (0,)}
"""Paddle's gates in ONNX's order: of an LSTM i f c o as i o f c, of a GRU r z c as z r c."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stack:
    """What all layers have in common."""

    mode: str
    size: int
    directions: int
    layers: int
    weights: Sequence[ir.Value]
    states: Sequence[ir.Value]
    lengths: ir.Value | None

    def cell(self, layer: int, direction: int) -> list[ir.Value]:
        """Weights of input and state, biases of input and state."""
        index = 2 * (layer * self.directions + direction)
        biases = 2 * self.layers * self.directions
        return [*self.weights[index : index + 2], *self.weights[biases + index : biases + index + 2]]


@paddle_op("rnn", ignores=("seed", "dropout_prob", "input_size", "is_test"))
def rnn(
    op: PaddleBuilder,
    x: ir.Value,
    states: list[ir.Value],
    weights: list[ir.Value],
    lengths: ir.Value | None = None,
    _dropout_state: ir.Value | None = None,
    *,
    is_bidirec: bool = False,
    hidden_size: int,
    num_layers: int = 1,
    mode: str = "RNN_TANH",
) -> tuple[ir.Value | list[ir.Value] | None, ...]:
    """Layers over time, ``[time, batch, features]``; the results, and the last states of all layers."""
    if mode not in _GATES:
        raise op.fail(f"the cell {mode!r} is unknown")
    stack = _Stack(
        mode=mode,
        size=hidden_size,
        directions=2 if is_bidirec else 1,
        layers=num_layers,
        weights=weights,
        states=states,
        lengths=None if lengths is None else op.cast(lengths, ir.DataType.INT32),
    )
    if len(weights) not in (2 * num_layers * stack.directions, 4 * num_layers * stack.directions):
        raise op.fail(f"has {len(weights)} weights for {num_layers} layers")
    last: list[list[ir.Value]] = [[] for _ in states]
    for layer in range(num_layers):
        x, ends = _layer(op, x, stack, layer)
        for found, end in zip(last, ends, strict=True):
            found.append(end)
    return x, None, [op.concat(found, 0) for found in last]


def _layer(op: PaddleBuilder, x: ir.Value, stack: _Stack, layer: int) -> tuple[ir.Value, list[ir.Value]]:
    cells = [stack.cell(layer, direction) for direction in range(stack.directions)]
    weights = [op.constant(np.stack([_reordered(op, cell[index], stack) for cell in cells])) for index in (0, 1)]
    bias = None
    if len(cells[0]) == 4:
        biases = [np.concatenate([_reordered(op, cell[index], stack) for index in (2, 3)]) for cell in cells]
        bias = op.constant(np.stack(biases))
    first = layer * stack.directions
    starts = [
        state if stack.layers == 1 else op.slice(state, [first], [first + stack.directions], [0])
        for state in stack.states
    ]
    attributes: dict[str, object] = {
        "hidden_size": stack.size,
        "direction": "bidirectional" if stack.directions == 2 else "forward",
    }
    if stack.mode == "GRU":
        attributes["linear_before_reset"] = 1
    if stack.mode == "RNN_RELU":
        attributes["activations"] = ["Relu"] * stack.directions
    op_type = "RNN" if stack.mode.startswith("RNN") else stack.mode
    made = op.emit(op_type, [x, *weights, bias, stack.lengths, *starts], attributes, outputs=1 + len(starts))
    results = made if isinstance(made, tuple) else (made,)
    return _joined(op, results[0], stack), list(results[1:])


def _joined(op: PaddleBuilder, y: ir.Value, stack: _Stack) -> ir.Value:
    """``[time, directions, batch, size]`` as ``[time, batch, directions * size]``."""
    if stack.directions == 1:
        return op.squeeze(y, [1])
    return op.reshape(op.transpose(y, [0, 2, 1, 3]), [0, 0, stack.directions * stack.size])


def _reordered(op: PaddleBuilder, value: ir.Value, stack: _Stack) -> np.ndarray:
    """A weight or bias with its gates in ONNX's order."""
    array = op.need_constant(value, "the weight")
    gates = np.split(array, len(_GATES[stack.mode]))
    return np.concatenate([gates[index] for index in _GATES[stack.mode]])
