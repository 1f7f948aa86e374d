"""TFLite's UNIDIRECTIONAL_SEQUENCE_LSTM, made to begin every run with an empty state.

The operator keeps its state from one run to the next, which ONNX's does not. It is therefore given one more step in
front, in which all gates are shut: that step has an entry of its own in the input, whose weights are so negative that
every sigmoid is 0. What the state was does not matter then, and the result of that step is cut off.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import FLOAT, LiteBuilder
from modelwright.backends.tflite.variables import variable

_SHUT = 1000.0
"""What is below every gate in the step in front; ``exp(-1000)`` is 0 in float32."""

_ORDER = (0, 2, 3, 1)
"""Places of TFLite's gates (input, forget, cell, output) among ONNX's (input, output, forget, cell)."""


def sequence_lstm(
    op: LiteBuilder,
    x: ir.Value,
    weights: tuple[ir.Value, ir.Value, ir.Value | None],
    states: tuple[ir.Value | None, ir.Value | None],
    hidden: int,
) -> ir.Value | None:
    """The results of all steps, ``[steps, batch, hidden]``; None where the operator cannot do it.

    Args:
        op: The builder.
        x: ``[steps, batch, size]``.
        weights: ``[4 * hidden, size]``, ``[4 * hidden, hidden]`` and the biases ``[8 * hidden]``.
        states: The states at first; they must be absent or zeros.
        hidden: Size of the state.
    """
    shape = op.shape(x)
    arrays = [_array(op, value) for value in weights if value is not None]
    if shape is None or not isinstance(shape[1], int) or any(array is None for array in arrays):
        return None
    if op.dtype(x) is not FLOAT or any(not _is_zero(op, state) for state in states):
        return None
    known = [array for array in arrays if array is not None]
    bias = known[2] if len(known) > 2 else np.zeros(8 * hidden, np.float32)
    inputs, recurrent, biases = _gates(known[0], known[1], bias, hidden)
    data = op.pad(x, [0, 0, 0, 0, 0, 1])
    data = op.pad(data, [1, 0, 0, 0, 0, 0], value=op.scalar(1, x))
    rows: list[ir.Value | None] = [data, *_constants(op, inputs), *_constants(op, recurrent), None, None, None]
    rows += [*_constants(op, biases), None, None]
    rows += [variable(op, (shape[1], hidden), FLOAT), variable(op, (shape[1], hidden), FLOAT)]
    steps = shape[0] + 1 if isinstance(shape[0], int) else None
    result = op.UNIDIRECTIONAL_SEQUENCE_LSTM(
        *rows,
        fused_activation_function="TANH",
        time_major=1,
        shape=(steps, shape[1], hidden),
        dtype=FLOAT,
    )
    return op.slice(result, [1], [None], [0])


def _array(op: LiteBuilder, value: ir.Value) -> np.ndarray | None:
    """The array of a constant, or of one direction that is picked out of a constant."""
    found = op.constant_value(value)
    maker = value.producer()
    if found is not None or maker is None or maker.op_type != "Gather" or maker.domain:
        return found
    whole, number = op.constant_value(maker.inputs[0]), op.constant_value(maker.inputs[1])
    return None if whole is None or number is None else whole[int(number)]


def _is_zero(op: LiteBuilder, state: ir.Value | None) -> bool:
    array = None if state is None else _array(op, state)
    return state is None or (array is not None and not array.any())


def _gates(
    w: np.ndarray, r: np.ndarray, b: np.ndarray, hidden: int
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Weights of the input with the entry that shuts, of the state, and biases, for each of TFLite's gates."""
    bound = _SHUT + float(np.abs(w).sum(1).max() + np.abs(r).sum(1).max() + np.abs(b).max() * 2)
    inputs, recurrent, biases = [], [], []
    for gate in _ORDER:
        rows = slice(gate * hidden, (gate + 1) * hidden)
        shut = np.full((hidden, 1), 0 if gate == 3 else -bound, np.float32)
        inputs.append(np.concatenate([w[rows], shut], 1).astype(np.float32))
        recurrent.append(r[rows].astype(np.float32))
        biases.append((b[rows] + b[4 * hidden :][rows]).astype(np.float32))
    return inputs, recurrent, biases


def _constants(op: LiteBuilder, arrays: list[np.ndarray]) -> list[ir.Value]:
    return [op.constant(array, name=f"{op.origin}/weights") for array in arrays]
