"""Branches and loops over other graphs of the file."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.frontends.tflite.operators import tflite_op


@tflite_op("IF")
def if_(
    op: TFLiteBuilder,
    condition: ir.Value,
    *arguments: ir.Value,
    then_subgraph_index: int = 0,
    else_subgraph_index: int = 0,
) -> tuple[ir.Value, ...]:
    """The results of one of two graphs."""
    known = op.constant_value(condition)
    if known is not None:
        number = then_subgraph_index if known.reshape(-1)[0] else else_subgraph_index
        return tuple(op.convert_subgraph(number, arguments, op))
    branches: list[ir.Graph] = []
    for wish, number in (("then", then_subgraph_index), ("else", else_subgraph_index)):
        inner = op.subgraph_builder(_new_graph(op, wish))
        _give(inner, op.convert_subgraph(number, arguments, inner))
        branches.append(inner.graph)
    scalar = condition if op.rank(condition) == 0 else op.reshape(condition, [])
    attributes = {"then_branch": branches[0], "else_branch": branches[1]}
    made = op.emit("If", [scalar], attributes, outputs=len(branches[0].outputs))
    return made if isinstance(made, tuple) else (made,)


@tflite_op("WHILE")
def while_(
    op: TFLiteBuilder, *arguments: ir.Value, cond_subgraph_index: int = 0, body_subgraph_index: int = 0
) -> tuple[ir.Value, ...]:
    """The arguments after running the body on them as long as the condition holds."""
    start = _condition(op, cond_subgraph_index, arguments)
    graph = _new_graph(op, "body")
    inner = op.subgraph_builder(graph)
    step, going = _argument(op, "step", ir.DataType.INT64), _argument(op, "going", ir.DataType.BOOL)
    states: list[ir.Value] = []
    for number, (value, tensor) in enumerate(zip(arguments, op.node.outputs, strict=True)):
        state = _argument(op, f"state{number}", op.dtype(value))
        before, told = op.shape(value), tensor.signature
        if before is not None and told is not None and before == told:
            state.shape = ir.Shape(before)
        elif before is not None:
            state.shape = ir.Shape([None] * len(before))
        states.append(state)
    graph.inputs.extend([step, going, *states])
    step.shape = going.shape = ir.Shape([])
    results = op.convert_subgraph(body_subgraph_index, states, inner)
    more = _condition(inner, cond_subgraph_index, results)
    _give(inner, [more, *results])
    made = op.emit("Loop", [None, start, *arguments], {"body": graph}, outputs=len(arguments))
    return made if isinstance(made, tuple) else (made,)


@tflite_op("CALL_ONCE", ignores=("init_subgraph_index",))
def call_once(_op: TFLiteBuilder) -> tuple[ir.Value, ...]:
    """Sets variables up before the first run; nothing remains of it, operators on variables say so themselves."""
    return ()


def _condition(op: TFLiteBuilder, number: int, arguments: Sequence[ir.Value]) -> ir.Value:
    found = op.convert_subgraph(number, arguments, op)[0]
    return found if op.rank(found) == 0 else op.reshape(found, [])


def _new_graph(op: TFLiteBuilder, wish: str) -> ir.Graph:
    name = op.names.unique(f"{op.origin}/{wish}")
    return ir.Graph([], [], nodes=[], opset_imports=op.graph.opset_imports, name=name)


def _argument(op: TFLiteBuilder, wish: str, dtype: ir.DataType) -> ir.Value:
    return ir.Value(name=op.names.unique(f"{op.origin}/{wish}"), type=ir.TensorType(dtype))


def _give(inner: TFLiteBuilder, values: Sequence[ir.Value]) -> None:
    """Makes values the outputs of the builder's graph: each made in it, and named once."""
    taken: set[ir.Value] = set()
    for value in values:
        producer = value.producer()
        if producer is None or producer.graph is not inner.graph or value in taken:
            value = inner.Identity(value)
        inner.dtype(value)
        inner.shape(value)
        taken.add(value)
        inner.graph.outputs.append(value)
