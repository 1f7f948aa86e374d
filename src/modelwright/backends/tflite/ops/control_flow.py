"""If and Loop as IF and WHILE, whose bodies are closed graphs with the same inputs and, of a loop, the same outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.bodies import (
    captured,
    dims,
    inside,
    is_constant,
    own_tensors,
    twin,
    use_twins,
)
from modelwright.backends.tflite.builder import BOOL, INT64, LiteBuilder
from modelwright.backends.tflite.operators import lite_op
from modelwright.errors import InternalError
from modelwright.formats import Dim

_ENDLESS = 2**63 - 1


def _converted(op: LiteBuilder, body: ir.Graph) -> None:
    if op.border.convert_body is None:
        raise InternalError("bodies cannot be converted here")
    op.border.convert_body(body)


@lite_op("If")
def if_(op: LiteBuilder, condition: ir.Value, *, then_branch: ir.Graph, else_branch: ir.Graph) -> tuple[ir.Value, ...]:
    """One of two graphs."""
    branches = (then_branch, else_branch)
    outer = captured(branches)
    for branch in branches:
        twins = {value: twin(op, value) for value in outer}
        use_twins(branch, twins)
        branch.inputs.extend(twins.values())
        _converted(op, branch)
        branch.outputs[:] = own_tensors(inside(op, branch), list(branch.outputs), inputs_too=True)
    numbers = range(len(op.node.outputs))
    results = op.emit(
        "IF",
        [op.to_shape(condition, ()), *outer],
        {
            "then_subgraph_index": then_branch,
            "else_subgraph_index": else_branch,
            "dtype": [op.dtype(value) for value in then_branch.outputs],
            "shape": [op.result_shape(number) for number in numbers],
        },
        outputs=len(op.node.outputs),
    )
    return results if isinstance(results, tuple) else (results,)


@lite_op("Loop")
def loop(
    op: LiteBuilder,
    trips: ir.Value | None,
    condition: ir.Value | None,
    *carried: ir.Value,
    body: ir.Graph,
) -> tuple[ir.Value, ...]:
    """A graph that is run again and again: the state is a counter, the condition, what is carried and collected."""
    known = None if trips is None else op.constant_value(trips)
    limit = None if known is None else int(known.reshape(-1)[0])
    outer = captured([body])
    if trips is not None and not is_constant(trips) and trips not in outer:
        outer.append(trips)
    count = len(carried)
    fixed = limit if _never_stops(op, condition, body) and limit is not None and limit < _ENDLESS else None
    first = op.constant(np.asarray(0, np.int64))
    going = op.constant(np.asarray(True)) if condition is None else op.to_shape(condition, ())
    collected = [_collector(op, value, fixed) for value in body.outputs[1 + count :]]
    state = [first, going, *carried, *collected, *outer]
    test = _test(op, state, trips, limit, outer, body, count)
    results = _body(op, body, state, outer, count, fixed)
    made = op.emit(
        "WHILE",
        state,
        {
            "cond_subgraph_index": test,
            "body_subgraph_index": body,
            "dtype": [op.dtype(value) for value in state],
            "shape": [dims(value) for value in results],
        },
        outputs=len(state),
    )
    results = list(made) if isinstance(made, tuple) else [made]
    rows = results[2 + count : 2 + count + len(collected)]
    return (*results[2 : 2 + count], *(row if fixed_rows(row, fixed) else _without_first(op, row) for row in rows))


def _is_open(rows: ir.Value) -> bool:
    """Whether rows have sizes that the first turn shows."""
    shape = dims(rows)
    return shape is None or any(not isinstance(dim, int) for dim in shape[1:])


def fixed_rows(rows: ir.Value, fixed: int | None) -> bool:
    """Whether results were collected in a tensor of their number."""
    shape = dims(rows)
    return fixed is not None and shape is not None and shape[:1] == (fixed,)


def _without_first(op: LiteBuilder, rows: ir.Value) -> ir.Value:
    shape = dims(rows) or (None,)
    rank = len(shape)
    masks = {"begin_mask": (1 << rank) - 2, "end_mask": (1 << rank) - 1}
    start = op.i32([1, *[0] * (rank - 1)])
    return op.STRIDED_SLICE(rows, start, op.i32([0] * rank), op.i32([1] * rank), shape=(None, *shape[1:]), **masks)


def _never_stops(op: LiteBuilder, condition: ir.Value | None, body: ir.Graph) -> bool:
    """Whether the conditions always hold, so that the number of turns is known."""
    given = None if condition is None else op.constant_value(condition)
    result = body.outputs[0]
    maker = result.producer()
    inner = op.constant_value(result)
    while maker is not None and maker.op_type == "Identity" and maker.inputs[0] is not None:
        result = maker.inputs[0]
        maker, inner = result.producer(), op.constant_value(result)
    passed_on = bool(body.inputs) and len(body.inputs) > 1 and result is body.inputs[1]
    return (condition is None or (given is not None and bool(given.all()))) and (
        passed_on or (inner is not None and bool(inner.all()))
    )


def _collector(op: LiteBuilder, value: ir.Value, fixed: int | None) -> ir.Value:
    """Where results of all turns are collected: whole where their number is known, else with a row that is dropped.

    WHILE carries no tensors without elements.
    """
    shape, dtype = op.shape(value), op.dtype(value)
    if shape is None:
        raise op.fail(f"the rank of {value.name!r} in the body is not known")
    zero = op.constant(np.zeros((), dtype.numpy()))
    if fixed is not None and all(isinstance(dim, int) for dim in shape):
        return op.FILL(op.i32([fixed, *(dim for dim in shape if isinstance(dim, int))]), zero, shape=(fixed, *shape))
    sizes = [1, *(dim if isinstance(dim, int) else 1 for dim in shape)]
    return op.FILL(op.i32(sizes), zero, shape=(None, *shape))


def _test(
    op: LiteBuilder,
    state: Sequence[ir.Value],
    trips: ir.Value | None,
    limit: int | None,
    outer: Sequence[ir.Value],
    body: ir.Graph,
    count: int,
) -> ir.Graph:
    """The graph that says whether there is another turn."""
    del body, count
    inputs = [twin(op, value) for value in state]
    graph = ir.Graph(inputs, [], nodes=[], name=op.names.unique(f"{op.origin}/test"), opset_imports={"": op.opset})
    inner = inside(op, graph)
    again = inputs[1]
    if trips is not None and limit != _ENDLESS:
        bound = trips if limit is None else op.constant(np.asarray(limit, np.int64))
        if trips in outer:
            bound = inputs[len(state) - len(outer) + list(outer).index(trips)]
        less = inner.LESS(inputs[0], inner.cast(inner.to_shape(bound, ()), INT64))
        again = inner.LOGICAL_AND(less, inputs[1])
    graph.outputs.append(own_tensors(inner, [again], inputs_too=True)[0])
    return graph


def _body(
    op: LiteBuilder, body: ir.Graph, state: Sequence[ir.Value], outer: Sequence[ir.Value], count: int, fixed: int | None
) -> list[ir.Value]:
    """Completes the body of a loop, and returns its inputs."""
    inputs = list(body.inputs)
    for value, shape, dtype in zip(inputs[:2], ((), ()), (INT64, BOOL), strict=False):
        value.type, value.shape = ir.TensorType(dtype), ir.Shape(shape)
    twins = {value: twin(op, value) for value in outer}
    use_twins(body, twins)
    collectors = [twin(op, value) for value in state[2 + count : len(state) - len(outer)]]
    body.inputs.extend([*collectors, *twins.values()])
    _converted(op, body)
    inner = inside(op, body)
    results = list(body.outputs)
    going, carried, collected = results[0], results[1 : 1 + count], results[1 + count :]
    following = inner.ADD(inputs[0], inner.constant(np.asarray(1, np.int64)))
    stored = [
        _stored(inner, place, value, inputs[0], fixed) for place, value in zip(collectors, collected, strict=True)
    ]
    body.outputs[:] = [
        *own_tensors(inner, [following, inner.to_shape(going, ()), *carried, *stored], inputs_too=True),
        *twins.values(),
    ]
    return list(body.inputs)


def _appended(op: LiteBuilder, place: ir.Value, row: ir.Value, shape: tuple[Dim, ...]) -> ir.Value:
    """Rows whose sizes only the first turn shows: the row that they begin with is spread to them."""
    count, sizes = op.pick(op.sizes(place), 0, 1), op.sizes(row)
    wide = op.BROADCAST_TO(place, op.join([count, op.pick(sizes, 1, len(shape))]), shape=shape)
    return op.CONCATENATION(wide, row, axis=0, shape=shape)


def _stored(op: LiteBuilder, place: ir.Value, value: ir.Value, turn: ir.Value, fixed: int | None) -> ir.Value:
    """What is collected, with the result of this turn."""
    row = op.EXPAND_DIMS(value, op.i32_scalar(0))
    shape: tuple[Dim, ...] = (None, *(op.shape(value) or ()))
    if _is_open(place):
        return _appended(op, place, row, shape)
    if fixed is None:
        return op.CONCATENATION(place, row, axis=0, shape=shape)
    start = op.join([op.to_shape(op.int32(turn), (1,)), op.i32([0] * op.need_rank(value))])
    return op.DYNAMIC_UPDATE_SLICE(place, row, start)
