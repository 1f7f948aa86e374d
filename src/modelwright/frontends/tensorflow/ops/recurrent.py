"""Loops that run an LSTM or GRU cell over a sequence become ONNX LSTM or GRU, which chips run in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder
from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.frontends.tensorflow.ops.loop_plan import LIST_WRITES, LoopPlan, copied_from, fills, start_of
from modelwright.frontends.tensorflow.ops.recurrent_cell import LstmCell, find_lstm
from modelwright.frontends.tensorflow.ops.recurrent_gru import GruCell, find_gru
from modelwright.frontends.tensorflow.ops.tensor_list_value import TensorList, with_stacked

_DEFAULT = ("Sigmoid", "Tanh", "Tanh")
_ORDER = (0, 3, 1, 2)
"""ONNX's order of the gates, i o f c, in terms of Keras', i f c o."""


_Cell = LstmCell | GruCell


def recurrent_results(
    op: TensorFlowBuilder, plan: LoopPlan, body: str, arguments: Sequence[Converted]
) -> dict[int, Converted] | None:
    """What a loop gives for the arguments it changes (counters aside), computed by an LSTM or a GRU.

    Args:
        op: The builder.
        plan: What the loop's arguments are.
        body: Name of the body's function.
        arguments: What the loop starts with.

    Returns:
        Results by argument number, or None when the loop is neither, its weights are computed, or it does not run over
        the whole sequence for sure.
    """
    view = op.view_function(body)
    changed = [index for index in range(len(arguments)) if index not in plan.unchanged | plan.counters]
    lists = {index: item for index in changed if isinstance(item := arguments[index], TensorList)}
    states = [index for index in changed if index not in lists]
    cell = _cell(op, view, states, arguments) if plan.trips is not None else None
    if cell is None or not _over_everything(op, plan, cell, arguments):
        return None
    kept = {index: _keeps_all(op, plan, view, cell, index, item) for index, item in lists.items()}
    sequence = arguments[cell.sequence]
    if None in kept.values() or not isinstance(sequence, TensorList) or sequence.stacked is None:
        return None
    emitted = _emit(op, view, cell, sequence.stacked, arguments)
    if emitted is None:
        return None
    everything, *ends = emitted
    ordered = [cell.hidden, cell.cell] if isinstance(cell, LstmCell) else [cell.hidden]
    results: dict[int, Converted] = {index: op.squeeze(end, [0]) for index, end in zip(ordered, ends, strict=True)}
    for index, item in lists.items():
        results[index] = with_stacked(op, item, op.squeeze(everything, [1]) if kept[index] else ends[0])
    return results


def _cell(
    op: TensorFlowBuilder, view: FunctionView, states: Sequence[int], arguments: Sequence[Converted]
) -> _Cell | None:
    if len(states) == 2:
        return find_lstm(view, *states) or find_lstm(view, *reversed(states))
    return find_gru(view, states[0], partial(_array, op, view, arguments)) if len(states) == 1 else None


def _emit(
    op: TensorFlowBuilder, view: FunctionView, cell: _Cell, sequence: ir.Value, arguments: Sequence[Converted]
) -> tuple[ir.Value, ...] | None:
    """All hidden states, and the last states, with an axis of directions; None when the weights are computed."""
    if isinstance(cell, GruCell):
        return op.GRU(
            sequence,
            *(cell.kernel.T[np.newaxis], cell.recurrent.T[np.newaxis], np.concatenate(cell.biases)[np.newaxis]),
            None,
            _start(op, arguments[cell.hidden]),
            hidden_size=len(cell.recurrent),
            linear_before_reset=1,
            activations=None if cell.activations == _DEFAULT[:2] else list(cell.activations),
            outputs=2,
        )
    weights = _weights(op, view, cell, arguments)
    if weights is None:
        return None
    kernel, recurrent, bias = weights
    return op.LSTM(
        sequence,
        *(_rows(kernel), _rows(recurrent), _bias(bias)),
        None,
        *_starts(op, [arguments[cell.hidden], arguments[cell.cell]]),
        hidden_size=len(recurrent),
        activations=None if cell.activations == _DEFAULT else list(cell.activations),
        outputs=3,
    )


def _over_everything(op: TensorFlowBuilder, plan: LoopPlan, cell: _Cell, arguments: Sequence[Converted]) -> bool:
    """Whether the loop surely reads the whole sequence once, from its begin."""
    sequence = arguments[cell.sequence]
    if cell.sequence not in plan.unchanged or cell.position not in plan.counters:
        return False
    if not isinstance(sequence, TensorList) or sequence.stacked is None or plan.limit is None:
        return False
    shape = op.shape(sequence.stacked)
    if sequence.dtype is not ir.DataType.FLOAT or shape is None or start_of(op, arguments[cell.position]) != 0:
        return False
    if isinstance(plan.limit, int):
        return plan.limit == shape[0]
    known = op.shapes.contents(copied_from(plan.limit))
    return known is not None and shape[0] is not None and known.size == 1 and known.reshape(-1)[0] == shape[0]


def _keeps_all(
    op: TensorFlowBuilder, plan: LoopPlan, view: FunctionView, cell: _Cell, index: int, list_: Converted
) -> bool | None:
    """Whether a list keeps every hidden state (True) or the last one (False); None when it keeps something else."""
    node = view.producer(view.results[index])
    if node is None or node.op not in LIST_WRITES or not isinstance(list_, TensorList):
        return None
    inputs = view.inputs(node)
    if view.resolve(inputs[2]) != view.results[cell.hidden]:
        return None
    if index in plan.collected:
        return True if fills(op, plan, list_) else None
    place, size = view.integer(inputs[LIST_WRITES[node.op][1]]), list_.size_source
    single = size is not None and start_of(op, size) == 1
    return False if place == 0 and single and view.argument(inputs[LIST_WRITES[node.op][0]]) == index else None


def _array(
    op: TensorFlowBuilder, view: FunctionView, arguments: Sequence[Converted], reference: str
) -> np.ndarray | None:
    """The constant behind a reference of the body, there or outside."""
    index = view.argument(reference)
    given = arguments[index] if index is not None else None
    return op.constant_value(given) if isinstance(given, ir.Value) else view.array(reference)


def _weights(
    op: TensorFlowBuilder, view: FunctionView, cell: LstmCell, arguments: Sequence[Converted]
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    kernel, recurrent = (_array(op, view, arguments, item) for item in (cell.kernel, cell.recurrent))
    if kernel is None or recurrent is None or recurrent.shape[1] != 4 * recurrent.shape[0]:
        return None
    bias = np.zeros(kernel.shape[1], kernel.dtype) if cell.bias is None else _array(op, view, arguments, cell.bias)
    return None if bias is None or bias.ndim != 1 else (kernel, recurrent, bias)


def _reordered(array: np.ndarray) -> list[np.ndarray]:
    gates = np.split(array, 4, axis=-1)
    return [gates[index] for index in _ORDER]


def _rows(weights: np.ndarray) -> np.ndarray:
    """``[inputs, 4 * units]`` in Keras' order as ``[1, 4 * units, inputs]`` in ONNX's."""
    return np.concatenate([gate.T for gate in _reordered(weights)])[np.newaxis]


def _bias(bias: np.ndarray) -> np.ndarray:
    """``[1, 8 * units]``: the bias, and zeros for the one that ONNX adds to the hidden state's part."""
    return np.concatenate([*_reordered(bias), np.zeros_like(bias)])[np.newaxis]


def _starts(op: TensorFlowBuilder, states: Sequence[Any]) -> list[ir.Value | None]:
    """The first states; only both can be left out, ONNX Runtime wants both or none."""
    if all(_is_zero(op, state) for state in states):
        return []
    return [op.unsqueeze(state, [0]) for state in states]


def _start(op: TensorFlowBuilder, state: Any) -> ir.Value | None:
    """The first state with an axis of directions; None for zeros, which are the default."""
    return None if _is_zero(op, state) else op.unsqueeze(state, [0])


def _is_zero(op: TensorFlowBuilder, value: ir.Value) -> bool:
    node = copied_from(value).producer()
    source = node.inputs[0] if node is not None and node.op_type == "Expand" else value
    array = op.constant_value(source)
    return array is not None and not array.any()
