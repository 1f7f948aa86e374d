"""Recurrent networks over whole sequences.

Gates stand in the order input, forget, cell, output in TFLite's inputs and input, output, forget, cell in ONNX's.
States are variables that are zero before the first run; here every run starts from zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op

_ONNX_ORDER = (0, 3, 1, 2)
_ACTIVATIONS = {"TANH": "Tanh", "RELU": "Relu"}


@tflite_op("UNIDIRECTIONAL_SEQUENCE_LSTM", ignores=("diagonal_recurrent_tensors",))
def sequence_lstm(
    op: TFLiteBuilder,
    x: ir.Value,
    *tensors: ir.Value | None,
    fused_activation_function: str = "TANH",
    cell_clip: float = 0.0,
    proj_clip: float = 0.0,
    time_major: bool = False,
) -> ir.Value:
    """An LSTM over a sequence; the result is the output of every step.

    ``tensors`` are four input and four recurrent weights ``[H, I]`` and ``[H, H]``, three peephole vectors, four
    biases, a projection with its bias, the two states, and four normalizations of layers.
    """
    given = [*tensors, *([None] * (23 - len(tensors)))]
    if any(item is not None for item in (*given[15:17], *given[19:23])) or cell_clip or proj_clip:
        raise op.fail("projections, layer normalizations and clipped cells have no ONNX form")
    if fused_activation_function not in _ACTIVATIONS:
        raise op.fail(f"has the activation {fused_activation_function}")
    coupled = given[0] is None
    weights, recurrent = _stacked(op, given[0:4], given[1]), _stacked(op, given[4:8], given[5])
    bias = _bias(op, given[11:15], given[12])
    peepholes = _peepholes(op, given[8:11])
    shape = op.shapes.static_shape(recurrent)
    if shape is None or shape[2] * 4 != shape[1]:
        raise op.fail("its recurrent weights are not square")
    rows = x if time_major else op.transpose(x, [1, 0, 2])
    activation = _ACTIVATIONS[fused_activation_function]
    y = op.LSTM(
        rows,
        weights,
        recurrent,
        bias,
        None,
        None,
        None,
        peepholes,
        hidden_size=shape[2],
        input_forget=1 if coupled else None,
        activations=None if activation == "Tanh" else ["Sigmoid", activation, activation],
    )
    joined = op.squeeze(y, [1])
    return joined if time_major else op.transpose(joined, [1, 0, 2])


@tflite_op("UNIDIRECTIONAL_SEQUENCE_RNN")
def sequence_rnn(
    op: TFLiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    recurrent: ir.Value,
    bias: ir.Value,
    state: ir.Value | None = None,
    *,
    time_major: bool = False,
    fused_activation_function: str = "TANH",
) -> ir.Value:
    """``h = activation(weights x + recurrent h + bias)``; the result is ``h`` of every step."""
    del state
    if fused_activation_function not in _ACTIVATIONS:
        raise op.fail(f"has the activation {fused_activation_function}")
    size = op.shapes.static_shape(bias)
    if size is None:
        raise op.fail("its bias has no fixed shape")
    rows = x if time_major else op.transpose(x, [1, 0, 2])
    zeros = op.constant(np.zeros((1, size[0]), np.float32))
    y = op.RNN(
        rows,
        op.unsqueeze(weights, [0]),
        op.unsqueeze(recurrent, [0]),
        op.concat([op.unsqueeze(bias, [0]), zeros], 1),
        hidden_size=size[0],
        activations=[_ACTIVATIONS[fused_activation_function]],
    )
    joined = op.squeeze(y, [1])
    return joined if time_major else op.transpose(joined, [1, 0, 2])


def _ordered(op: TFLiteBuilder, gates: Sequence[ir.Value | None], forget: ir.Value | None) -> list[ir.Value]:
    """The four gates in ONNX's order; a coupled input gate, which is left out, is given the forget gate's."""
    filled = [gate if gate is not None else forget for gate in gates]
    found = [filled[place] for place in _ONNX_ORDER]
    kept = [gate for gate in found if gate is not None]
    if len(kept) != len(found):
        raise op.fail("lacks the weights of a gate")
    return kept


def _stacked(op: TFLiteBuilder, gates: Sequence[ir.Value | None], forget: ir.Value | None) -> ir.Value:
    return op.unsqueeze(op.concat(_ordered(op, gates, forget), 0), [0])


def _bias(op: TFLiteBuilder, gates: Sequence[ir.Value | None], forget: ir.Value | None) -> ir.Value:
    """``[1, 8 H]``: TFLite's one bias, and zeros for ONNX's second."""
    joined = op.concat(_ordered(op, gates, forget), 0)
    shape = op.shapes.static_shape(joined)
    if shape is None:
        raise op.fail("its biases have no fixed shape")
    return op.unsqueeze(op.concat([joined, op.constant(np.zeros(shape, np.float32))], 0), [0])


def _peepholes(op: TFLiteBuilder, gates: Sequence[ir.Value | None]) -> ir.Value | None:
    """Input, forget, output to ONNX's input, output, forget."""
    found = [gates[place] if gates[place] is not None else gates[1] for place in (0, 2, 1)]
    kept = [gate for gate in found if gate is not None]
    return op.unsqueeze(op.concat(kept, 0), [0]) if len(kept) == len(found) else None
