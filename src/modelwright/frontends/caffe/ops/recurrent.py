"""Recurrent layers over whole sequences.

Sequences are ``[T, N, ...]``. The second bottom ``cont``, ``[T, N]``, is 0 where a sequence begins: the state is then
forgotten, which ONNX's recurrent operators cannot do at run time. So the steps are those of a Scan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer

_Step = Callable[[CaffeBuilder, Sequence[ir.Value], ir.Value, ir.Value], list[ir.Value]]
"""From the states, the step's input and its ``cont`` as a column to the new states, the hidden one first."""

_TRAINING = ("weight_filler", "bias_filler", "debug_info")


@caffe_layer("LSTM", param="recurrent_param", ignores=_TRAINING, weights=9)
def lstm(op: CaffeBuilder, *bottoms: ir.Value, num_output: int, expose_hidden: bool = False) -> list[ir.Value]:
    """An LSTM with gates in the order input, forget, output, new cell.

    Weights: ``[4 D, I]`` and bias ``[4 D]`` for the input, ``[4 D, S]`` for a static input if there is one, and
    ``[4 D, D]`` for the hidden state. ``expose_hidden`` takes first and gives last hidden and cell states.
    """
    gates, states, count = _prepared(op, bottoms, 4 * num_output, 2 if expose_hidden else 0)
    recurrent = op.weight(count, [4 * num_output, num_output])

    def step(inner: CaffeBuilder, state: Sequence[ir.Value], x: ir.Value, cont: ir.Value) -> list[ir.Value]:
        hidden = inner.Gemm(inner.Mul(state[0], cont), recurrent, transB=1)
        parts = inner.split(inner.Add(x, hidden), [num_output] * 4, 1)
        return _lstm_unit(inner, state[1], parts, cont)

    last, outputs = _scan(op, [gates, bottoms[1]], states or _zeros(op, gates, num_output, 2), step, num_output)
    return [outputs, *(op.unsqueeze(item, [0]) for item in last)] if expose_hidden else [outputs]


@caffe_layer("RNN", param="recurrent_param", ignores=_TRAINING, weights=9)
def rnn(op: CaffeBuilder, *bottoms: ir.Value, num_output: int, expose_hidden: bool = False) -> list[ir.Value]:
    """``h = tanh(Wxh x + Whh h + bh)``, ``o = tanh(Who h + bo)``; the result is ``o`` of each step.

    Weights: Wxh ``[D, I]``, bh, that of a static input if there is one, Whh ``[D, D]``, Who ``[D, D]``, bo.
    """
    sums, states, count = _prepared(op, bottoms, num_output, 1 if expose_hidden else 0)
    square = [num_output, num_output]
    recurrent, leading = op.weight(count, square), op.weight(count + 1, square)
    bias = op.weight(count + 2, [num_output])

    def step(inner: CaffeBuilder, state: Sequence[ir.Value], x: ir.Value, cont: ir.Value) -> list[ir.Value]:
        hidden = inner.Tanh(inner.Add(x, inner.Gemm(inner.Mul(state[0], cont), recurrent, transB=1)))
        return [hidden]

    last, hidden = _scan(op, [sums, bottoms[1]], states or _zeros(op, sums, num_output, 1), step, num_output)
    flat = op.Gemm(op.reshape(hidden, [-1, num_output]), leading, bias, transB=1)
    outputs = op.reshape(op.Tanh(flat), [*op.sizes(sums, [0]), -1, num_output])
    return [outputs, *(op.unsqueeze(item, [0]) for item in last)] if expose_hidden else [outputs]


@caffe_layer("LSTMUnit")
def lstm_unit(op: CaffeBuilder, cell: ir.Value, gates: ir.Value, cont: ir.Value) -> list[ir.Value]:
    """One step: from cells ``[1, N, D]``, gates before activation ``[1, N, 4 D]`` and ``cont`` ``[1, N]``."""
    size = op.size(cell, 2)
    if op.size(gates, 2) != 4 * size:
        raise op.fail(f"has {op.size(gates, 2)} gates for {size} cells", hint="there are four gates for each cell")
    hidden, state = _lstm_unit(op, cell, op.split(gates, [size] * 4, 2), op.unsqueeze(cont, [2]))
    return [state, hidden]


def _lstm_unit(op: CaffeBuilder, cell: ir.Value, gates: Sequence[ir.Value], cont: ir.Value) -> list[ir.Value]:
    """Hidden and cell state after a step."""
    let_in, forget, let_out = (op.Sigmoid(gate) for gate in gates[:3])
    kept = op.Mul(op.Mul(cont, forget), cell)
    state = op.Add(kept, op.Mul(let_in, op.Tanh(gates[3])))
    return [op.Mul(let_out, op.Tanh(state)), state]


def _prepared(
    op: CaffeBuilder, bottoms: Sequence[ir.Value], width: int, exposed: int
) -> tuple[ir.Value, list[ir.Value], int]:
    """The inputs' part of the sums of all steps ``[T, N, width]``, first states, and the number of weights used."""
    if len(bottoms) not in (2 + exposed, 3 + exposed):
        raise op.fail(f"has {len(bottoms)} bottoms", hint=f"it takes {2 + exposed}, or one more with a static input")
    x = bottoms[0]
    depth = prod(op.sizes(x, range(2, len(op.dims(x)))))
    flat = op.Gemm(op.reshape(x, [-1, depth]), op.weight(0, [width, depth]), op.weight(1, [width]), transB=1)
    sums, used = op.reshape(flat, [op.size(x, 0), -1, width]), 2
    if len(bottoms) == 3 + exposed:
        static = op.flat_tail(bottoms[2], 1)
        sums = op.Add(sums, op.Gemm(static, op.weight(2, [width, op.size(static, 1)]), transB=1))
        used = 3
    states = [op.squeeze(item, [0]) for item in bottoms[len(bottoms) - exposed :]] if exposed else []
    return sums, states, used


def _zeros(op: CaffeBuilder, sums: ir.Value, size: int, count: int) -> list[ir.Value]:
    """First states ``[N, size]`` of zeros."""
    batch = op.dims(sums)[1]
    if isinstance(batch, int):
        zeros = op.constant(np.zeros((batch, size), np.float32))
    else:
        zeros = op.ConstantOfShape(op.concat([op.dim_of(sums, 1), op.ints(size)], 0))
    return [zeros] * count


def _scan(
    op: CaffeBuilder,
    sequences: Sequence[ir.Value],
    states: Sequence[ir.Value],
    step: _Step,
    size: int,
) -> tuple[list[ir.Value], ir.Value]:
    """Runs ``step`` over the first axis; gives the last states and the first state of every step ``[T, N, size]``."""
    graph = ir.Graph([], [], nodes=[], opset_imports={"": op.opset}, name=op.names.unique(f"{op.layer.name}/step"))
    inner = op.subgraph_builder(graph)
    batch = op.dims(sequences[0])[1]
    given = [_declared(op, graph, "state", (batch, size)) for _ in states]
    x = _declared(op, graph, "x", (batch, op.dims(sequences[0])[2]))
    cont = _declared(op, graph, "cont", (batch,))
    made = step(inner, given, x, inner.unsqueeze(cont, [1]))
    for value in (*made, inner.Identity(made[0])):
        value.dtype, value.shape = ir.DataType.FLOAT, ir.Shape([batch, size])
        graph.outputs.append(value)
    results = op.Scan(*states, *sequences, body=graph, num_scan_inputs=len(sequences), outputs=len(states) + 1)
    for value in results[:-1]:
        value.dtype, value.shape = ir.DataType.FLOAT, ir.Shape([batch, size])
    results[-1].dtype, results[-1].shape = ir.DataType.FLOAT, ir.Shape([op.dims(sequences[0])[0], batch, size])
    return list(results[:-1]), results[-1]


def _declared(op: CaffeBuilder, graph: ir.Graph, name: str, shape: Sequence[int | str | None]) -> ir.Value:
    value = ir.Value(
        name=op.names.unique(f"{op.layer.name}/{name}"), shape=ir.Shape(shape), type=ir.TensorType(ir.DataType.FLOAT)
    )
    graph.inputs.append(value)
    return value
