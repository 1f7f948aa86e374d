"""Loops that run an LSTM cell over a sequence become ONNX LSTM, which chips run in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder
from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.frontends.tensorflow.ops.loop_plan import LIST_WRITES, LoopPlan, copied_from, fills, start_of
from modelwright.frontends.tensorflow.ops.recurrent_cell import LstmCell, find_lstm
from modelwright.frontends.tensorflow.ops.tensor_list_value import TensorList, with_stacked

_DEFAULT = ("Sigmoid", "Tanh", "Tanh")
_ORDER = (0, 3, 1, 2)
"""ONNX's order of the gates, i o f c, in terms of Keras', i f c o."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """An LSTM found in a loop.

    Attributes:
        cell: The cell.
        lists: The lists that collect the hidden state, with whether they keep all of them or the last one only.
        weights: Kernel, recurrent kernel and bias.
    """

    cell: LstmCell
    lists: dict[int, bool]
    weights: tuple[np.ndarray, np.ndarray, np.ndarray]


def lstm_results(
    op: TensorFlowBuilder, plan: LoopPlan, body: str, arguments: Sequence[Converted]
) -> dict[int, Converted] | None:
    """What a loop gives for the arguments it changes (counters aside), computed by an LSTM.

    Args:
        op: The builder.
        plan: What the loop's arguments are.
        body: Name of the body's function.
        arguments: What the loop starts with.

    Returns:
        Results by argument number, or None when the loop is no LSTM, its weights are computed, or it does not run
        over the whole sequence for sure.
    """
    view = op.view_function(body)
    found = _match(op, plan, view, arguments)
    if found is None:
        return None
    sequence = arguments[found.cell.sequence]
    if not isinstance(sequence, TensorList) or sequence.stacked is None:
        return None
    states = [arguments[index] for index in (found.cell.hidden, found.cell.cell)]
    starts = [_start(op, state) for state in states]
    kernel, recurrent, bias = found.weights
    everything, hidden, cell = op.LSTM(
        sequence.stacked,
        _rows(kernel),
        _rows(recurrent),
        _bias(bias),
        None,
        *(starts if any(start is not None for start in starts) else ()),
        hidden_size=len(recurrent),
        activations=None if found.cell.activations == _DEFAULT else list(found.cell.activations),
        outputs=3,
    )
    results: dict[int, Converted] = {
        found.cell.hidden: op.squeeze(hidden, [0]),
        found.cell.cell: op.squeeze(cell, [0]),
    }
    for index, whole in found.lists.items():
        list_ = arguments[index]
        if isinstance(list_, TensorList):
            results[index] = with_stacked(op, list_, op.squeeze(everything, [1]) if whole else hidden)
    return results


def _match(op: TensorFlowBuilder, plan: LoopPlan, view: FunctionView, arguments: Sequence[Converted]) -> _Match | None:
    changed = [index for index in range(len(arguments)) if index not in plan.unchanged | plan.counters]
    lists = [index for index in changed if isinstance(arguments[index], TensorList)]
    states = [index for index in changed if index not in lists]
    if plan.trips is None or len(states) != 2:
        return None
    cell = find_lstm(view, *states) or find_lstm(view, *reversed(states))
    if cell is None or not _over_everything(op, plan, cell, arguments):
        return None
    kept = {index: _keeps_all(op, plan, view, cell, index, arguments[index]) for index in lists}
    weights = _weights(op, view, cell, arguments)
    if weights is None or None in kept.values():
        return None
    return _Match(cell=cell, lists={index: bool(whole) for index, whole in kept.items()}, weights=weights)


def _over_everything(op: TensorFlowBuilder, plan: LoopPlan, cell: LstmCell, arguments: Sequence[Converted]) -> bool:
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
    op: TensorFlowBuilder, plan: LoopPlan, view: FunctionView, cell: LstmCell, index: int, list_: Converted
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


def _weights(
    op: TensorFlowBuilder, view: FunctionView, cell: LstmCell, arguments: Sequence[Converted]
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    def array(reference: str) -> np.ndarray | None:
        index = view.argument(reference)
        given = arguments[index] if index is not None else None
        return op.constant_value(given) if isinstance(given, ir.Value) else view.array(reference)

    kernel, recurrent = array(cell.kernel), array(cell.recurrent)
    if kernel is None or recurrent is None or recurrent.shape[1] != 4 * recurrent.shape[0]:
        return None
    bias = np.zeros(kernel.shape[1], kernel.dtype) if cell.bias is None else array(cell.bias)
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


def _start(op: TensorFlowBuilder, state: Any) -> ir.Value | None:
    """The first state with an axis of directions; None for zeros, which are the default."""
    return None if _is_zero(op, state) else op.unsqueeze(state, [0])


def _is_zero(op: TensorFlowBuilder, value: ir.Value) -> bool:
    node = copied_from(value).producer()
    source = node.inputs[0] if node is not None and node.op_type == "Expand" else value
    array = op.constant_value(source)
    return array is not None and not array.any()
