"""One step of the fused recurrent cells of TensorFlow 1's contrib library."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op


@tf_op("LSTMBlockCell")
def lstm_block_cell(
    op: TensorFlowBuilder,
    x: ir.Value,
    state: ir.Value,
    hidden: ir.Value,
    weights: ir.Value,
    peephole_input: ir.Value,
    peephole_forget: ir.Value,
    peephole_output: ir.Value,
    bias: ir.Value,
    *,
    forget_bias: float = 1.0,
    cell_clip: float = 3.0,
    use_peephole: bool = False,
) -> tuple[ir.Value, ...]:
    """Input gate, cell state, forget gate, output gate, candidate, its tanh and hidden state, [batch, units] each.

    The columns of ``weights`` [inputs + units, 4 * units] are for i, candidate, f and o; the formulas are those of
    TensorFlow's documentation of LSTMBlockCell. A ``cell_clip`` of 0 or less does not clip.
    """
    gates = op.Add(op.MatMul(op.concat([x, hidden], 1), weights), bias)
    i, candidate, f, o = _parts(op, gates, 4)
    f = op.Add(f, op.scalar(forget_bias, f))
    if use_peephole:
        i, f = op.Add(i, op.Mul(state, peephole_input)), op.Add(f, op.Mul(state, peephole_forget))
    i, f, candidate = op.Sigmoid(i), op.Sigmoid(f), op.Tanh(candidate)
    cell: ir.Value = op.Add(op.Mul(candidate, i), op.Mul(state, f))
    if cell_clip > 0:
        cell = op.clip(cell, -cell_clip, cell_clip)
    if use_peephole:
        o = op.Add(o, op.Mul(cell, peephole_output))
    o, squashed = op.Sigmoid(o), op.Tanh(cell)
    return i, cell, f, o, candidate, squashed, op.Mul(squashed, o)


@tf_op("GRUBlockCell")
def gru_block_cell(
    op: TensorFlowBuilder,
    x: ir.Value,
    hidden: ir.Value,
    gate_weights: ir.Value,
    candidate_weights: ir.Value,
    gate_bias: ir.Value,
    candidate_bias: ir.Value,
) -> tuple[ir.Value, ...]:
    """Reset gate, update gate, candidate and hidden state; ``h = (1 - u) * c + u * h_previous``."""
    gates = op.Sigmoid(op.Add(op.MatMul(op.concat([x, hidden], 1), gate_weights), gate_bias))
    reset, update = _parts(op, gates, 2)
    inputs = op.concat([x, op.Mul(hidden, reset)], 1)
    candidate = op.Tanh(op.Add(op.MatMul(inputs, candidate_weights), candidate_bias))
    kept = op.Mul(update, hidden)
    result = op.Add(op.Mul(op.Sub(op.scalar(1, update), update), candidate), kept)
    return reset, update, candidate, result


def _parts(op: TensorFlowBuilder, gates: ir.Value, count: int) -> tuple[ir.Value, ...]:
    """Equal parts of the last axis; its length is that of the weights, hence known."""
    shape = op.shape(gates)
    width = shape[-1] if shape is not None else None
    if not isinstance(width, int):
        raise op.fail("the number of units is unknown", hint="freeze the model so that the weights are constants")
    return op.split(gates, np.full(count, width // count).tolist(), 1)
