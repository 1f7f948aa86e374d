"""Branches, loops and lists of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.frontends.paddle.builder import Converted, PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op


@paddle_op("if")
def if_(op: PaddleBuilder, condition: ir.Value) -> tuple[Converted, ...]:
    """The results of one of two blocks."""
    then, otherwise = op.node.operator.blocks
    known = op.constant_value(condition)
    if known is not None:
        return tuple(op.convert_block(then if known.reshape(-1)[0] else otherwise, (), op))
    branches: list[ir.Graph] = []
    for wish, block in (("then", then), ("else", otherwise)):
        inner = op.subgraph_builder(_new_graph(op, wish))
        _give(inner, _tensors(op, op.convert_block(block, (), inner)))
        branches.append(inner.graph)
    return _if(op, condition, branches)


def _if(op: PaddleBuilder, condition: ir.Value, branches: Sequence[ir.Graph]) -> tuple[ir.Value, ...]:
    attributes = {"then_branch": branches[0], "else_branch": branches[1]}
    count = len(branches[0].outputs)
    if count == 0:
        return ()
    made = op.emit("If", [op.single(op.cast(condition, ir.DataType.BOOL))], attributes, outputs=count)
    return made if isinstance(made, tuple) else (made,)


@paddle_op("conditional_block")
def conditional_block(op: PaddleBuilder, condition: ir.Value, *before: ir.Value) -> tuple[Converted, ...]:
    """What a block writes if the condition holds, else what was there before."""
    if len(before) != len(op.node.operator.outputs):
        names = ", ".join(str(name) for name in op.node.operator.outputs)
        raise op.fail(f"writes {names} under a condition and nothing without it", hint="give both branches a value")
    block = op.node.operator.blocks[0]
    branches: list[ir.Graph] = []
    inner = op.subgraph_builder(_new_graph(op, "then"))
    _give(inner, _tensors(op, op.convert_block(block, (), inner)))
    branches.append(inner.graph)
    inner = op.subgraph_builder(_new_graph(op, "else"))
    _give(inner, before)
    branches.append(inner.graph)
    return _if(op, condition, branches)


@paddle_op("select_input")
def select_input(op: PaddleBuilder, values: list[ir.Value], mask: ir.Value) -> tuple[Converted, ...]:
    """The tensor of that number."""
    branches: list[ir.Graph] = []
    for wish, value in (("then", values[1]), ("else", values[0])):
        inner = op.subgraph_builder(_new_graph(op, wish))
        _give(inner, [value])
        branches.append(inner.graph)
    return _if(op, mask, branches)


@paddle_op("while", ignores=("is_test",))
def while_(op: PaddleBuilder, condition: ir.Value, *carried: ir.Value) -> tuple[Converted, ...]:
    """What a block leaves of the tensors it carries after running as long as the condition holds."""
    block = op.node.operator.blocks[0]
    graph = _new_graph(op, "body")
    inner = op.subgraph_builder(graph)
    step, going = _argument(op, "step", ir.DataType.INT64), _argument(op, "going", ir.DataType.BOOL)
    step.shape = going.shape = ir.Shape([])
    values = _tensors(op, carried)
    states = [_state(op, index, value) for index, value in enumerate(values)]
    graph.inputs.extend([step, going, *states])
    results = _tensors(op, op.convert_block(block, states, inner))
    if len(results) != len(values) + 1:
        raise op.fail(f"carries {len(values)} tensors but its body gives {len(results) - 1}")
    more = inner.single(inner.cast(results[0], ir.DataType.BOOL))
    _give(inner, [more, *(inner.cast(r, op.dtype(v)) for r, v in zip(results[1:], values, strict=True))])
    start = op.single(op.cast(condition, ir.DataType.BOOL))
    if not values:
        raise op.fail("carries no tensor, so that it can have no effect")
    made = op.emit("Loop", [None, start, *values], {"body": graph}, outputs=len(values))
    return made if isinstance(made, tuple) else (made,)


def _state(op: PaddleBuilder, index: int, value: ir.Value) -> ir.Value:
    """A carried tensor inside the body: sizes are kept where the program says that they stay."""
    state = _argument(op, f"state{index}", op.dtype(value))
    before = op.shape(value)
    outputs = op.node.operator.outputs
    name = outputs[index] if index < len(outputs) else None
    said = op.node.tensors.get(name) if isinstance(name, str) else None
    if before is None:
        return state
    fixed = said is not None and said.shape is not None and len(said.shape) == len(before)
    told = said.shape if fixed and said is not None and said.shape is not None else (None,) * len(before)
    state.shape = ir.Shape([mine if mine == theirs else None for mine, theirs in zip(before, told, strict=True)])
    return state


def _tensors(op: PaddleBuilder, values: Sequence[Converted]) -> list[ir.Value]:
    found = [item for item in values if isinstance(item, ir.Value)]
    if len(found) != len(values):
        raise op.fail("passes a list of tensors through a branch or loop, which is not supported")
    return found


def _new_graph(op: PaddleBuilder, wish: str) -> ir.Graph:
    name = op.names.unique(f"{op.origin}/{wish}")
    return ir.Graph([], [], nodes=[], opset_imports=op.graph.opset_imports, name=name)


def _argument(op: PaddleBuilder, wish: str, dtype: ir.DataType) -> ir.Value:
    return ir.Value(name=op.names.unique(f"{op.origin}/{wish}"), type=ir.TensorType(dtype))


def _give(inner: PaddleBuilder, values: Sequence[ir.Value]) -> None:
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


@paddle_op("create_array")
def create_array(op: PaddleBuilder, *, dtype: ir.DataType | None = None) -> tuple[list[ir.Value]]:
    """A list without tensors."""
    del op, dtype
    return ([],)


@paddle_op("array_write")
def array_write(op: PaddleBuilder, array: list[ir.Value] | None, x: ir.Value, index: ir.Value) -> tuple[list[ir.Value]]:
    """A list with a tensor at a place, which may be the one after its end."""
    found = list(array or [])
    place = op.need_int(index, "the place in the list")
    if not 0 <= place <= len(found):
        raise op.fail(f"writes place {place} of a list of {len(found)} tensors")
    return ([*found[:place], x, *found[place + 1 :]],)


@paddle_op("array_read")
def array_read(op: PaddleBuilder, array: list[ir.Value], index: ir.Value) -> ir.Value:
    """The tensor at a place of a list."""
    place = op.need_int(index, "the place in the list")
    if not 0 <= place < len(array):
        raise op.fail(f"reads place {place} of a list of {len(array)} tensors")
    return array[place]


@paddle_op("array_length")
def array_length(op: PaddleBuilder, array: list[ir.Value] | None = None) -> ir.Value:
    """How many tensors a list holds."""
    return op.constant(np.asarray(len(array or []), np.int64))


@paddle_op("array_to_tensor")
def array_to_tensor(
    op: PaddleBuilder, array: list[ir.Value], *, axis: int = 0, use_stack: bool = False
) -> tuple[ir.Value, ir.Value]:
    """The tensors of a list joined, and the size that each had."""
    sizes = op.concat([op.dim_of(item, axis) for item in array], 0)
    items = [op.unsqueeze(item, [op.axis(axis, op.need_rank(item) + 1)]) for item in array] if use_stack else array
    return op.concat(items, axis), op.cast(sizes, ir.DataType.INT32)
