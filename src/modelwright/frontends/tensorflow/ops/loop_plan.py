"""What a While loop does, read off its functions: what passes through, what counts, what is collected.

A loop whose condition only compares counters with fixed limits knows how often it runs before it starts; then neither
the condition nor the counters need computing in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder
from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.frontends.tensorflow.ops.tensor_list_value import TensorList

LIST_WRITES = {"TensorListSetItem": (0, 1), "TensorArrayWriteV3": (3, 1)}
"""Operators that write an element of a list: which input is the list and which the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPlan:
    """What each argument of a loop is.

    Attributes:
        unchanged: Arguments that the body gives back as they are.
        counters: Arguments that grow by one each trip and need no carrying, as the number of trips is known.
        collected: Lists that get their elements once each and in order, from index 0.
        trips: The number of trips, an int64 scalar, when it is known before the loop.
        limit: The tensor or number that the trips are, to recognize it; None when it is something computed.
    """

    unchanged: frozenset[int]
    counters: frozenset[int]
    collected: frozenset[int]
    trips: ir.Value | None
    limit: ir.Value | int | None


def plan_loop(op: TensorFlowBuilder, cond: str, body: str, arguments: Sequence[Converted]) -> LoopPlan:
    """Reads the loop's functions.

    Args:
        op: The builder, at the loop's place.
        cond: Name of the condition's function.
        body: Name of the body's function.
        arguments: What the loop starts with.
    """
    condition, view = op.view_function(cond), op.view_function(body)
    unchanged, counters = view.unchanged(), view.counters()
    bounds = _bounds(condition, condition.results[0], counters, unchanged, arguments)
    collected = frozenset(
        index
        for index, item in enumerate(arguments)
        if isinstance(item, TensorList) and item.stacked is None and item.size_source is not None
        if _is_collected(op, view, condition, index, counters, arguments)
    )
    trips, limit = (None, None) if bounds is None else _trips(op, bounds, arguments)
    return LoopPlan(
        unchanged=frozenset(unchanged),
        counters=frozenset(counters) if trips is not None else frozenset(),
        collected=collected,
        trips=trips,
        limit=limit,
    )


def _is_collected(
    op: TensorFlowBuilder,
    view: FunctionView,
    condition: FunctionView,
    index: int,
    counters: set[int],
    arguments: Sequence[Converted],
) -> bool:
    """Whether all that happens to a list is one write a trip, at a counter that starts at 0."""
    node = view.producer(view.results[index])
    if node is None or node.op not in LIST_WRITES or condition.uses()[index]:
        return False
    inputs = view.inputs(node)
    list_input, index_input = LIST_WRITES[node.op]
    counter = view.argument(inputs[index_input])
    if view.argument(inputs[list_input]) != index or view.uses()[index] != 1 or counter not in counters:
        return False
    if view.results.count(view.results[index]) != 1 or view.is_used(node.name):
        return False
    return start_of(op, arguments[counter]) == 0


def start_of(op: TensorFlowBuilder, item: Converted) -> int | None:
    """The number an integer scalar always holds, or None."""
    array = op.constant_value(item) if isinstance(item, ir.Value) else None
    return int(array.reshape(-1)[0]) if array is not None and array.size == 1 else None


Bound = tuple[int, ir.Value | int]
"""A counter's argument number and the limit it stays under."""


def _bounds(
    condition: FunctionView, result: str, counters: set[int], unchanged: set[int], arguments: Sequence[Converted]
) -> list[Bound] | None:
    """The limits that a condition consists of, or None when there is more to it."""
    node = condition.producer(result)
    if node is None:
        return None
    inputs = condition.inputs(node)
    if node.op == "LogicalAnd":
        sides = [_bounds(condition, side, counters, unchanged, arguments) for side in inputs]
        return None if sides[0] is None or sides[1] is None else [*sides[0], *sides[1]]
    if node.op not in ("Less", "Greater"):
        return None
    low, high = inputs if node.op == "Less" else reversed(inputs)
    counter, limit = condition.argument(low), condition.argument(high)
    number = condition.integer(high)
    if counter is None or counter not in counters:
        return None
    if number is not None:
        return [(counter, number)]
    fixed = arguments[limit] if limit is not None and limit in unchanged else None
    return [(counter, fixed)] if isinstance(fixed, ir.Value) else None


def copied_from(value: ir.Value) -> ir.Value:
    """The tensor that a value is a copy of."""
    node = value.producer()
    while node is not None and node.op_type == "Identity" and node.inputs[0] is not None:
        value = node.inputs[0]
        node = value.producer()
    return value


def _trips(
    op: TensorFlowBuilder, bounds: Sequence[Bound], arguments: Sequence[Converted]
) -> tuple[ir.Value | None, ir.Value | int | None]:
    """The number of trips, and the one limit it is when all counters start at 0."""
    fixed: list[int] = []
    computed: dict[tuple[ir.Value, ir.Value | int], None] = {}
    for counter, limit in bounds:
        first = arguments[counter]
        if not isinstance(first, ir.Value) or op.dtype(first) not in (ir.DataType.INT32, ir.DataType.INT64):
            return None, None
        start = start_of(op, first)
        end = limit if isinstance(limit, int) else start_of(op, limit)
        if start is not None and end is not None:
            fixed.append(max(0, end - start))
        else:
            stop = op.constant(np.asarray(limit, np.int64)) if isinstance(limit, int) else copied_from(limit)
            computed[stop, first if start is None else start] = None
    if not computed:
        count = min(fixed)
        return op.constant(np.asarray(count, np.int64)), count
    counts = [_difference(op, stop, start) for stop, start in computed]
    counts += [op.constant(np.asarray(min(fixed), np.int64))] if fixed else []
    trips = counts[0] if len(counts) == 1 else cast("ir.Value", op.Min(*counts))
    (stop, start), *others = computed
    single = not others and not fixed and isinstance(start, int) and start == 0
    return op.Max(trips, op.constant(np.asarray(0, np.int64))), stop if single else None


def _difference(op: TensorFlowBuilder, stop: ir.Value, start: ir.Value | int) -> ir.Value:
    end = op.cast(stop, ir.DataType.INT64)
    if isinstance(start, int):
        return end if start == 0 else cast("ir.Value", op.Sub(end, op.constant(np.asarray(start, np.int64))))
    return cast("ir.Value", op.Sub(end, op.cast(start, ir.DataType.INT64)))


def fills(op: TensorFlowBuilder, plan: LoopPlan, list_: TensorList) -> bool:
    """Whether the loop surely makes as many trips as a list has elements."""
    if plan.limit is None or list_.size_source is None:
        return False
    if isinstance(plan.limit, int):
        return start_of(op, list_.size_source) == plan.limit
    return copied_from(list_.size_source) is copied_from(plan.limit)
