"""Loops: While becomes ONNX Loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder, as_value
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.control_flow import all_of, as_outputs, constant_truth, new_graph, truth
from modelwright.frontends.tensorflow.ops.loop_plan import LoopPlan, fills, plan_loop
from modelwright.frontends.tensorflow.ops.recurrent import recurrent_results
from modelwright.frontends.tensorflow.ops.tensor_list_value import (
    CollectedList,
    TensorList,
    filled,
    length,
    materialize,
    merged_shape,
    with_stacked,
)
from modelwright.hub.shape_rules.control_flow import common_shape

Shape = tuple[Dim, ...] | None

_ATTEMPTS = 4
"""How often the body is converted anew with fewer known dimensions, before all of them are given up."""


@dataclass(slots=True, kw_only=True)
class _Body:
    """A converted body.

    Attributes:
        graph: Its graph, without outputs yet.
        op: The builder of the graph.
        inputs: The carried values by argument number.
        results: What the function gave, one item for each argument.
    """

    graph: ir.Graph
    op: TensorFlowBuilder
    inputs: dict[int, ir.Value]
    results: list[Converted]


@tf_op("While", "StatelessWhile", ignores=("output_shapes", "parallel_iterations"))
def while_(op: TensorFlowBuilder, *arguments: Any, cond: str, body: str) -> Any:
    """Runs ``body`` on its own results as long as ``cond`` holds for them, starting with ``arguments``.

    Arguments that the body does not change are used in it from outside. Lists to which each trip adds an element
    become scan outputs; other lists are carried as one tensor with their elements along the first axis.
    """
    plan = plan_loop(op, cond, body, arguments)
    recurrent = recurrent_results(op, plan, body, arguments)
    if recurrent is not None:
        return tuple(_after(op, plan, index, item, recurrent.get(index, item)) for index, item in enumerate(arguments))
    carried = _carried(op, plan, arguments)
    parts: list[Callable[[], Any]] = [
        lambda: None if plan.trips is not None else _condition(op, cond, arguments),
        lambda: _settled(op, plan, body, arguments, carried),
    ]
    condition, converted = all_of(parts)
    if condition is not None and constant_truth(op, condition) is False:
        return tuple(arguments)
    return _finish(op, plan, cond, arguments, condition, converted)


def _condition(op: TensorFlowBuilder, cond: str, state: Sequence[Converted]) -> ir.Value:
    """Whether another trip follows when the loop's values are ``state``."""
    (result,) = op.convert_function(cond, state, op)
    return truth(op, as_value(op, result))


def _carried(op: TensorFlowBuilder, plan: LoopPlan, arguments: Sequence[Converted]) -> dict[int, Shape]:
    """The arguments that the loop carries, with the shape each starts with; lists as stacked tensors."""
    found: dict[int, Shape] = {}
    for index, item in enumerate(arguments):
        if index in plan.unchanged or index in plan.counters or index in plan.collected:
            continue
        if isinstance(item, TensorList):
            rows = None if item.stacked is None else op.shape(item.stacked)
            found[index] = rows if rows is not None or item.shape is None else (None, *item.shape)
        elif isinstance(item, ir.Value):
            found[index] = op.shape(item)
        else:
            raise op.fail(f"changes a {type(item).__name__} in its body")
    return found


def _settled(
    op: TensorFlowBuilder, plan: LoopPlan, body: str, arguments: Sequence[Converted], carried: dict[int, Shape]
) -> _Body:
    """Converts the body with the shapes that hold for every trip: dimensions that a trip changes become open."""
    for attempt in range(_ATTEMPTS):
        converted = _convert_body(op, plan, body, arguments, carried)
        after = {index: _shape_of(converted, index, arguments[index]) for index in carried}
        common = {index: common_shape([carried[index], after[index]]) for index in carried}
        if common == carried:
            return converted
        carried = common if attempt < _ATTEMPTS - 1 else dict.fromkeys(carried)
    return _convert_body(op, plan, body, arguments, carried)


def _shape_of(body: _Body, index: int, first: Converted) -> Shape:
    """The shape of a carried value after a trip; of a list that was not written, its shape before."""
    item = body.results[index]
    if isinstance(item, TensorList):
        return None if item.stacked is None else body.op.shape(item.stacked)
    if isinstance(item, ir.Value) and not isinstance(first, TensorList):
        return body.op.shape(item)
    raise body.op.fail("turns a tensor into something else in its body")


def _convert_body(
    op: TensorFlowBuilder, plan: LoopPlan, body: str, arguments: Sequence[Converted], carried: dict[int, Shape]
) -> _Body:
    graph = new_graph(op, "body")
    inner = op.subgraph_builder(graph)
    _add_input(op, graph, "trip", ir.DataType.INT64, ())
    _add_input(op, graph, "continue", ir.DataType.BOOL, ())
    inputs: dict[int, ir.Value] = {}
    given: list[Converted] = []
    with inner.at(op.origin):
        for index, item in enumerate(arguments):
            if index in carried:
                dtype = item.dtype if isinstance(item, TensorList) else op.dtype(item)  # pyright: ignore[reportArgumentType]
                inputs[index] = _add_input(op, graph, f"carried_{index}", dtype, carried[index])
            given.append(_inside(inner, plan, index, item, inputs.get(index)))
        results = inner.convert_function(body, given, inner)
    return _Body(graph=graph, op=inner, inputs=inputs, results=results)


def _add_input(op: TensorFlowBuilder, graph: ir.Graph, wish: str, dtype: ir.DataType | None, shape: Shape) -> ir.Value:
    value = ir.Value(
        name=op.names.unique(f"{op.origin}/{wish}"),
        shape=None if shape is None else ir.Shape(shape),
        type=None if dtype is None else ir.TensorType(dtype),
    )
    graph.inputs.append(value)
    return value


def _inside(inner: TensorFlowBuilder, plan: LoopPlan, index: int, item: Converted, value: ir.Value | None) -> Converted:
    """What an argument is in the body."""
    if index in plan.collected and isinstance(item, TensorList):
        return CollectedList(dtype=item.dtype)
    if index in plan.counters and isinstance(item, ir.Value):
        return _counted(inner, item, inner.graph.inputs[0])
    if value is None:
        return item
    if isinstance(item, TensorList):
        return replace(item, stacked=value, size=None, size_source=None)
    return value


def _counted(op: TensorFlowBuilder, first: ir.Value, trips: ir.Value) -> ir.Value:
    """A counter after that many trips, in its own dtype."""
    count = op.cast(trips, op.dtype(first))
    start = op.constant_value(first)
    return count if start is not None and not start.any() else op.Add(first, count)


def _finish(
    op: TensorFlowBuilder,
    plan: LoopPlan,
    cond: str,
    arguments: Sequence[Converted],
    condition: ir.Value | None,
    body: _Body,
) -> Any:
    """Emits the Loop and gives the loop's results."""
    carried = list(body.inputs)
    collected = sorted(plan.collected)
    firsts = [_first(op, arguments[index], body.results[index]) for index in carried]
    outputs = [_stacked(body, body.results[index]) for index in carried]
    outputs += [_item(body, body.results[index]) for index in collected]
    with body.op.at(op.origin):
        body.graph.outputs.extend(as_outputs(body.op, [_next_condition(plan, cond, body), *outputs]))
    made: dict[int, ir.Value] = {}
    if outputs:
        if not firsts and condition is None:
            condition = op.constant(np.asarray(1, dtype=np.bool_))
        values = op.emit("Loop", [plan.trips, condition, *firsts], {"body": body.graph}, outputs=len(outputs))
        made = dict(zip([*carried, *collected], [values] if isinstance(values, ir.Value) else values, strict=True))
    return tuple(_result(op, plan, index, item, made.get(index)) for index, item in enumerate(arguments))


def _next_condition(plan: LoopPlan, cond: str, body: _Body) -> ir.Value:
    if plan.trips is not None:
        return body.graph.inputs[1]
    return _condition(body.op, cond, body.results)


def _first(op: TensorFlowBuilder, item: Converted, result: Converted) -> ir.Value:
    """What a carried value starts as; of a list whose elements' shape is open, what its first element says."""
    if isinstance(item, TensorList):
        shape = merged_shape(item.shape, _open_rank(result))
        return materialize(op, replace(item, shape=shape), open_size=1)
    return as_value(op, item)


def _open_rank(result: Converted) -> tuple[None, ...] | None:
    known = result.shape if isinstance(result, TensorList) else None
    return None if known is None else (None,) * len(known)


def _stacked(body: _Body, item: Converted) -> ir.Value:
    if isinstance(item, TensorList):
        return materialize(body.op, item)
    return as_value(body.op, item)


def _item(body: _Body, item: Converted) -> ir.Value:
    if isinstance(item, CollectedList) and item.item is not None:
        return item.item
    raise body.op.fail("loses an element of a list in its body")


def _after(op: TensorFlowBuilder, plan: LoopPlan, index: int, first: Converted, result: Converted) -> Converted:
    """A counter after all trips; of any other argument, ``result``."""
    if index in plan.counters and isinstance(first, ir.Value) and plan.trips is not None:
        return _counted(op, first, plan.trips)
    return result


def _result(op: TensorFlowBuilder, plan: LoopPlan, index: int, item: Converted, output: ir.Value | None) -> Converted:
    if output is None:
        return _after(op, plan, index, item, item)
    if not isinstance(item, TensorList):
        return output
    if index not in plan.collected:
        return with_stacked(op, replace(item, shape=None), output)
    if fills(op, plan, item):
        shape = op.shape(output)
        if isinstance(plan.limit, int) and shape is not None:
            output.shape = ir.Shape([plan.limit, *shape[1:]])
        return with_stacked(op, item, output)
    return with_stacked(op, item, filled(op, output, length(op, item), item.dtype))
