"""Steps with subgraphs, sequences and integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from random_graphs.steps import STEPS, step

__all__ = ["STEPS"]


def kind_of(d: Any) -> ir.TensorType:
    return ir.TensorType(ir.DataType.from_numpy(d.dtype))


def body(d: Any, nodes: list[ir.Node], outputs: list[ir.Value], inputs: list[ir.Value] | None = None) -> ir.Graph:
    for node in nodes:
        node.name = d.op.names.unique("inner")
        for value in node.outputs:
            value.name = d.op.names.unique("inside")
    return ir.Graph(inputs or [], outputs, nodes=nodes, name=d.op.names.unique("body"))


def control(d: Any, op_type: str, inputs: list[ir.Value | None], bodies: dict[str, ir.Graph], outputs: int) -> ir.Node:
    attributes = [ir.AttrGraph(name, graph) for name, graph in bodies.items()]
    node = ir.Node("", op_type, inputs, attributes, num_outputs=outputs, name=d.op.names.unique(op_type))
    for value in node.outputs:
        value.name = d.op.names.unique("outside")
    d.model.graph.append(node)
    return node


def truth(d: Any, x: ir.Value) -> ir.Value:
    """A condition: constant, or computed from a value."""
    if d.flag():
        return d.op.constant(np.asarray(d.flag()))
    return d.op.Greater(d.op.reduce("ReduceSum", x, None, keepdims=False), d.op.constant(np.asarray(0, d.dtype)))


@step
def conditional(d: Any) -> None:
    """If, whose branches use outer values, repeat outer nodes, or pass something on."""
    x, sizes = d.value()
    outer = d.op.Sigmoid(x)
    branches = []
    for name in ("Relu", "Neg"):
        repeated = ir.node("Sigmoid", [x])
        inner = ir.node(name, [repeated.outputs[0] if d.flag() else outer])
        result = ir.node("Identity", [outer]) if d.number(0, 4) == 0 else ir.node("Mul", [inner.outputs[0], x])
        result.outputs[0].type, result.outputs[0].shape = kind_of(d), ir.Shape(sizes)
        branches.append(body(d, [repeated, inner, result], [result.outputs[0]]))
    node = control(d, "If", [truth(d, x)], {"then_branch": branches[0], "else_branch": branches[1]}, 1)
    d.add(outer, sizes)
    d.add(node.outputs[0], sizes)


@step
def looped(d: Any) -> None:
    """Loop of a few trips that carries one value and collects another."""
    x, sizes = d.value(1, 2, 3)
    weight = d.constant(1)
    trip = ir.Value(name=d.op.names.unique("trip"), type=ir.TensorType(ir.DataType.INT64), shape=ir.Shape([]))
    go = ir.Value(name=d.op.names.unique("go"), type=ir.TensorType(ir.DataType.BOOL), shape=ir.Shape([]))
    carried = ir.Value(name=d.op.names.unique("carried"), type=kind_of(d), shape=ir.Shape(sizes))
    on, new, seen = ir.node("Identity", [go]), ir.node("Mul", [carried, weight]), ir.node("Neg", [carried])
    on.outputs[0].type, on.outputs[0].shape = ir.TensorType(ir.DataType.BOOL), ir.Shape([])
    for node in (new, seen):
        node.outputs[0].type, node.outputs[0].shape = kind_of(d), ir.Shape(sizes)
    step_ = body(d, [on, new, seen], [node.outputs[0] for node in (on, new, seen)], [trip, go, carried])
    trips = d.number(0, 2)
    start = None if d.flag() else d.op.constant(np.asarray(d.number(0, 3) > 0))
    stops = start is not None and not bool(start.const_value.numpy())
    first = d.op.Abs(x)
    node = control(d, "Loop", [d.op.constant(np.asarray(trips)), start, first], {"body": step_}, 2)
    d.add(node.outputs[0], sizes)
    if trips and not stops:
        d.add(node.outputs[1], (trips, *sizes))


@step
def sequence(d: Any) -> None:
    """A sequence that is built, appended to and read."""
    x, sizes = d.value()
    made = d.op.SequenceConstruct(x, d.op.Neg(x))
    longer = d.op.SequenceInsert(made, d.op.Abs(x))
    d.add(d.op.SequenceAt(longer, d.op.constant(np.asarray(d.number(-3, 2)))), sizes)


@step
def integers(d: Any) -> None:
    """Integer arithmetic with constants, neutral ones among them."""
    x, sizes = d.value()
    bound = [d.op.constant(np.asarray(limit, d.dtype)) for limit in (-20, 20)]
    whole = d.op.Cast(d.op.Clip(x, *bound), to=int(d.pick([ir.DataType.INT64, ir.DataType.INT32])))
    dtype = ir.DataType(whole.producer().attributes["to"].as_int())
    number = d.op.constant(np.asarray(d.pick([0, 1, 2, -3]), dtype.numpy()))
    name = d.pick(["Add", "Mul", "Sub"] if d.opset < 12 else ["Add", "Mul", "Sub", "Max", "Min"])
    d.add(d.op.Cast(d.op.emit(name, [whole, number]), to=int(ir.DataType.from_numpy(d.dtype))), sizes)


@step
def empty(d: Any) -> None:
    """A tensor of no elements that is joined with another."""
    x, sizes = d.value(1, 2, 3)
    nothing = d.op.Slice(x, d.op.ints(0), d.op.ints(0), d.op.ints(0))
    d.add(d.op.Concat(d.op.Relu(nothing), x, axis=0), sizes)
