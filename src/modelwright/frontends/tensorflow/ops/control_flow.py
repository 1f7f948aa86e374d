"""Branches: If, Case and their stateless forms become ONNX If."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.builder import Converted, RecordedFault, TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.tensor_list_value import TensorList, materialize, with_stacked

_STRING = ir.DataType.STRING

Part = TypeVar("Part")

Results = list[Converted]
Branch = Callable[[TensorFlowBuilder], Results]
"""Converts one branch with the builder of its graph."""


def truth(op: TensorFlowBuilder, value: ir.Value) -> ir.Value:
    """A predicate as a boolean scalar: TensorFlow takes numbers that are not 0 and strings that are not empty.

    A tensor that is no scalar counts as true when it has elements.
    """
    rank = op.rank(value)
    if rank is not None and rank > 0:
        return op.Greater(op.Size(value), op.constant(np.asarray(0, dtype=np.int64)))
    if op.dtype(value) is ir.DataType.BOOL:
        return value
    if op.dtype(value) is not _STRING:
        return op.cast(value, ir.DataType.BOOL)
    if op.opset < 19:
        raise op.fail(
            "has a text as its condition, which ONNX can test only since opset 19", hint="choose --opset 19 or newer"
        )
    return op.Not(op.Equal(value, op.constant(np.asarray(b"", dtype=object))))


def constant_truth(op: TensorFlowBuilder, value: ir.Value) -> bool | None:
    """What a predicate always is, or None."""
    array = op.constant_value(value)
    if array is None or array.dtype.kind == "O":
        return None
    return bool(array.reshape(-1)[0]) if array.ndim == 0 else array.size > 0


def as_outputs(inner: TensorFlowBuilder, values: Sequence[ir.Value]) -> list[ir.Value]:
    """Values that may be the outputs of the builder's graph: made in it, each once, with their dtypes known."""
    taken: set[ir.Value] = set()
    found: list[ir.Value] = []
    for value in values:
        producer = value.producer()
        if producer is None or producer.graph is not inner.graph or value in taken:
            value = inner.Identity(value)
        inner.dtype(value)
        inner.shape(value)
        taken.add(value)
        found.append(value)
    return found


def new_graph(op: TensorFlowBuilder, wish: str) -> ir.Graph:
    """An empty graph for a body, with a name of its own."""
    return ir.Graph([], [], nodes=[], opset_imports=op.graph.opset_imports, name=op.names.unique(f"{op.origin}/{wish}"))


def emit_if(op: TensorFlowBuilder, condition: ir.Value, then: Branch, otherwise: Branch) -> Results:
    """An If of two branches.

    Returns:
        The results; tensor lists stay lists. What both branches give alike from outside is passed on.

    Raises:
        ConversionError: The branches give a table, or a list in one and a tensor in the other.
    """
    graphs = [new_graph(op, "then"), new_graph(op, "else")]
    inners = [op.subgraph_builder(graph) for graph in graphs]
    sides = all_of([partial(_convert_branch, op, *pair) for pair in zip(inners, (then, otherwise), strict=True)])
    joined = [index for index, (one, other) in enumerate(zip(*sides, strict=True)) if not _same(one, other, op)]
    if not joined:
        return sides[0]
    for inner, side in zip(inners, sides, strict=True):
        with inner.at(op.origin):
            inner.graph.outputs.extend(as_outputs(inner, [_tensor(inner, side[index]) for index in joined]))
    outputs = op.emit("If", [condition], {"then_branch": graphs[0], "else_branch": graphs[1]}, outputs=len(joined))
    made = dict(zip(joined, [outputs] if isinstance(outputs, ir.Value) else outputs, strict=True))
    return [_joined(op, item, made.get(index)) for index, item in enumerate(sides[0])]


def _convert_branch(op: TensorFlowBuilder, inner: TensorFlowBuilder, branch: Branch) -> Results:
    with inner.at(op.origin):
        return branch(inner)


def all_of(parts: Sequence[Callable[[], Part]]) -> list[Part]:
    """What all parts give; the others are converted even if one fails, so that all faults are found at once.

    Raises:
        ConversionError: Of a part that failed, preferably one that is not known yet.
    """
    found: list[Part] = []
    faults: list[ConversionError] = []
    for part in parts:
        try:
            found.append(part())
        except ConversionError as fault:
            faults.append(fault)
    if faults:
        raise next((fault for fault in faults if not isinstance(fault, RecordedFault)), faults[0])
    return found


def _same(one: Converted, other: Converted, op: TensorFlowBuilder) -> bool:
    """Whether both branches pass on the same thing from outside."""
    if one is not other:
        return False
    producer = one.producer() if isinstance(one, ir.Value) else None
    return producer is None or producer.graph is op.graph


def _tensor(op: TensorFlowBuilder, item: Converted) -> ir.Value:
    if isinstance(item, TensorList):
        return materialize(op, item, open_size=1)
    if isinstance(item, ir.Value):
        return item
    raise op.fail(
        f"a branch gives a {type(item).__name__}, which cannot be chosen at run time",
        hint="cut the graph after this node with --inputs, or before it with --outputs",
    )


def _joined(op: TensorFlowBuilder, item: Converted, output: ir.Value | None) -> Converted:
    if output is None:
        return item
    if isinstance(item, TensorList):
        return with_stacked(op, replace(item, shape=None), output)
    return output


def _function(name: str, arguments: Sequence[Any]) -> Branch:
    return lambda inner: inner.convert_function(name, arguments, inner)


@tf_op("If", "StatelessIf", ignores=("output_shapes",))
def if_(op: TensorFlowBuilder, condition: ir.Value, *arguments: Any, then_branch: str, else_branch: str) -> Any:
    """The results of ``then_branch`` where the condition holds, else those of ``else_branch``."""
    known = constant_truth(op, condition)
    if known is not None:
        return tuple(op.convert_function(then_branch if known else else_branch, arguments, op))
    then, otherwise = (_function(name, arguments) for name in (then_branch, else_branch))
    return tuple(emit_if(op, truth(op, condition), then, otherwise))


@tf_op("Case", "StatelessCase", ignores=("output_shapes",))
def case(op: TensorFlowBuilder, index: ir.Value, *arguments: Any, branches: list[str]) -> Any:
    """The results of branch ``index``; an index out of range means the last one."""
    known = op.constant_value(index)
    if known is not None:
        number = int(known.reshape(-1)[0])
        return tuple(op.convert_function(branches[number if 0 <= number < len(branches) else -1], arguments, op))
    return tuple(_cases(index, branches, arguments, 0)(op))


def _cases(index: ir.Value, branches: Sequence[str], arguments: Sequence[Any], number: int) -> Branch:
    """Branch ``number`` if the index says so, else one of those after it."""
    then = _function(branches[number], arguments)
    if number == len(branches) - 1:
        return then

    def convert(inner: TensorFlowBuilder) -> Results:
        condition = cast("ir.Value", inner.Equal(index, inner.scalar(number, index)))
        return emit_if(inner, condition, then, _cases(index, branches, arguments, number + 1))

    return convert
