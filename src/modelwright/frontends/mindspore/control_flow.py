"""Functions of a MindIR: calls are put in line, a choice between two becomes If, one that calls itself a Loop.

MindSpore writes ``while`` as a function that decides between a turn, which ends by calling the function again, and
what comes after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.mindspore.builder import Argument, MindBuilder
from modelwright.frontends.mindspore.graph import CALL, MindGraph, MindNode

_TRANSPARENT = frozenset({"Depend", "Load", "Identity", "Return", "return"})


@dataclass(frozen=True, slots=True)
class Closure:
    """A function with its first arguments."""

    graph: MindGraph
    bound: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two functions."""

    condition: ir.Value
    yes: Closure
    no: Closure


class Evaluator(Protocol):
    """What converts graphs.

    Attributes:
        functions: The graphs of the file that are called.
    """

    functions: Mapping[str, MindGraph]

    @property
    def op(self) -> MindBuilder:
        """Emits into the graph at hand."""
        ...

    def evaluate(self, graph: MindGraph, arguments: Sequence[Argument], wanted: Sequence[str]) -> list[Argument]:
        """What some values of a function are, given its arguments."""
        ...

    def inside(self, body: ir.Graph) -> AbstractContextManager[MindBuilder]:
        """Lets everything be emitted into a body."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turns:
    """A function that calls itself.

    Attributes:
        choice: Name of its value that decides.
        goes_on: Whether there is another turn where the condition holds.
        turn: The functions of a turn, of which each ends by calling the next, with the names of what it gives that;
            the last one calls the function again.
        fixed: Places of arguments that all turns pass on.
    """

    choice: str
    goes_on: bool
    turn: tuple[tuple[MindGraph, tuple[str, ...]], ...]
    fixed: frozenset[int]


def call(e: Evaluator, callee: Argument, arguments: Sequence[Argument]) -> Argument:
    """The result of a call.

    Args:
        e: Converts graphs.
        callee: A ``Closure`` or a ``Choice``.
        arguments: The further arguments.

    Raises:
        ConversionError: It is none, or its form is not known.
    """
    if isinstance(callee, Choice):
        return _choose(e, callee, arguments)
    if not isinstance(callee, Closure):
        raise e.op.fail("what is called is no function of the file", hint="the file is damaged: export it again")
    graph, given = callee.graph, (*callee.bound, *arguments)
    if len(given) != len(graph.inputs):
        raise e.op.fail(f"{graph.name!r} takes {len(graph.inputs)} arguments and gets {len(given)}")
    if graph.name in _reached(e, graph):
        return _loop(e, graph, given)
    return e.evaluate(graph, given, graph.outputs)[0]


def _choose(e: Evaluator, choice: Choice, arguments: Sequence[Argument]) -> Argument:
    op, bodies, results = e.op, list[ir.Graph](), list[Argument]()
    for closure, name in ((choice.yes, "then"), (choice.no, "else")):
        bodies.append(_body(op, name))
        with e.inside(bodies[-1]) as inner:
            results.append(call(e, closure, arguments))
            bodies[-1].outputs.extend(_own(inner, item) for item in _tensors(inner, results[-1]))
    if _form(results[0]) != _form(results[1]):
        raise op.fail("its two functions give results of different forms")
    count = len(bodies[0].outputs)
    inputs = [op.reshape(choice.condition, [])]
    made = op.emit("If", inputs, {"then_branch": bodies[0], "else_branch": bodies[1]}, outputs=count)
    return _filled(results[0], iter(made if isinstance(made, tuple) else (made,)))


def _loop(e: Evaluator, graph: MindGraph, arguments: Sequence[Argument]) -> Argument:
    op, turns = e.op, _turns(e, graph)
    places = [place for place, item in enumerate(arguments) if place not in turns.fixed and item is not None]
    first = [op.tensor(arguments[place]) for place in places]
    going = _decided(e, graph, turns, arguments)
    body = _body(op, "turn")
    body.inputs.extend(_inputs(op, graph, places, first))
    with e.inside(body) as inner:
        now = _put(arguments, places, body.inputs[2:])
        closure = _closure(e, graph, turns, now, ends=False)
        again: Sequence[Argument] = closure.bound
        for function, names in turns.turn:
            again = e.evaluate(function, again, names)
        further = _decided(e, graph, turns, again)
        body.outputs.extend(_own(inner, item) for item in [further, *(inner.tensor(again[place]) for place in places)])
    made = op.emit("Loop", [None, going, *first], {"body": body}, outputs=len(places))
    results = made if isinstance(made, tuple) else (made,)
    last = _put(arguments, places, results)
    return call(e, _closure(e, graph, turns, last, ends=True), ())


def _decided(e: Evaluator, graph: MindGraph, turns: _Turns, arguments: Sequence[Argument]) -> ir.Value:
    """Whether there is a turn with these arguments."""
    (choice,) = e.evaluate(graph, arguments, [turns.choice])
    condition: ir.Value = e.op.reshape(choice.condition, [])
    return condition if turns.goes_on else e.op.Not(condition)


def _closure(e: Evaluator, graph: MindGraph, turns: _Turns, arguments: Sequence[Argument], *, ends: bool) -> Closure:
    (choice,) = e.evaluate(graph, arguments, [turns.choice])
    return choice.yes if turns.goes_on is not ends else choice.no


def _turns(e: Evaluator, graph: MindGraph) -> _Turns:
    """How a function calls itself.

    Raises:
        ConversionError: Not as a loop does.
    """
    error = e.op.fail(f"{graph.name!r} calls itself, but not as a loop does", hint="write the loop without `break`")
    last = _maker(graph, graph.outputs[0])
    switch = _maker(graph, last.inputs[0]) if last is not None and last.op_type == CALL else None
    if switch is None or switch.op_type != "Switch":
        raise error
    branches = [_called(e, graph, name) for name in switch.inputs[1:3]]
    back = [graph.name in _reached(e, branch) for branch, _ in branches]
    if back.count(True) != 1:
        raise error
    turn, given = branches[back.index(True)]
    path = _path(e, turn, graph)
    if path is None:
        raise error
    fixed = _passed_on(graph, given, path)
    return _Turns(choice=switch.name, goes_on=back[0], turn=tuple(path), fixed=fixed)


def _path(e: Evaluator, turn: MindGraph, target: MindGraph) -> list[tuple[MindGraph, tuple[str, ...]]] | None:
    """The functions that a turn goes through until it calls the target again; None where it does something else."""
    path: list[tuple[MindGraph, tuple[str, ...]]] = []
    while all(turn.name != seen.name for seen, _ in path):
        last = _maker(turn, turn.outputs[0])
        if last is None or last.op_type != CALL or last.inputs[0] not in e.functions:
            return None
        path.append((turn, last.inputs[1:]))
        if last.inputs[0] == target.name:
            return path
        turn = e.functions[last.inputs[0]]
    return None


def _passed_on(
    graph: MindGraph, given: Sequence[str], path: Sequence[tuple[MindGraph, tuple[str, ...]]]
) -> frozenset[int]:
    """Places of the arguments that a turn passes on as they are."""
    own = {item.name: place for place, item in enumerate(graph.inputs)}
    places = [own.get(name) for name in given]
    for function, names in path:
        known = dict(zip([item.name for item in function.inputs], places, strict=False))
        places = [known.get(name) for name in names]
    return frozenset(place for place, origin in enumerate(places) if place == origin)


def _maker(graph: MindGraph, name: str) -> MindNode | None:
    """The node that makes a value, not one that passes it on."""
    node = graph.node(name)
    while node is not None and node.op_type in _TRANSPARENT:
        node = graph.node(node.inputs[0])
    return node


def _called(e: Evaluator, graph: MindGraph, name: str) -> tuple[MindGraph, tuple[str, ...]]:
    """The function of a branch, and names of the arguments that it has already."""
    node = _maker(graph, name)
    if node is not None and node.op_type == "Partial":
        return e.functions[node.inputs[0]], node.inputs[1:]
    if name not in e.functions:
        raise e.op.fail("it chooses between values that are no functions")
    return e.functions[name], ()


def _reached(e: Evaluator, graph: MindGraph) -> set[str]:
    """Names of all functions that a function calls, and these."""
    found, pending = set[str](), [graph]
    while pending:
        for node in pending.pop().nodes:
            for name in node.inputs:
                if name in e.functions and name not in found:
                    found.add(name)
                    pending.append(e.functions[name])
    return found


def _body(op: MindBuilder, name: str) -> ir.Graph:
    return ir.Graph([], [], nodes=[], opset_imports={"": op.opset}, name=op.names.unique(f"{op.label}/{name}"))


def _inputs(op: MindBuilder, graph: MindGraph, places: Sequence[int], first: Sequence[ir.Value]) -> Iterator[ir.Value]:
    """The counter, the condition, and what is carried, in the shapes that the file says."""
    for name, dtype in (("turns", ir.DataType.INT64), ("going", ir.DataType.BOOL)):
        yield ir.Value(name=op.names.unique(f"{op.label}/{name}"), type=ir.TensorType(dtype), shape=ir.Shape([]))
    for place, value in zip(places, first, strict=True):
        told = graph.inputs[place].tensor
        rank = op.rank(value)
        shape: Sequence[Dim] | None = None if rank is None else [None] * rank
        if told:
            shape = [int(size) if size >= 0 else None for size in told[0].dims]
        yield ir.Value(
            name=op.names.unique(f"{op.label}/carried"),
            type=ir.TensorType(op.dtype(value)),
            shape=None if shape is None else ir.Shape(shape),
        )


def _put(arguments: Sequence[Argument], places: Sequence[int], values: Sequence[ir.Value]) -> list[Argument]:
    found = list(arguments)
    for place, value in zip(places, values, strict=True):
        found[place] = value
    return found


def _own(op: MindBuilder, value: ir.Value) -> ir.Value:
    """A result that is made in the body, and that no other result is."""
    made: ir.Value = op.Identity(value)
    op.dtype(made)
    op.shape(made)
    return made


def _tensors(op: MindBuilder, item: Argument) -> list[ir.Value]:
    """The tensors of a result, members of tuples one after the other; orders of effects are none."""
    if item is None:
        return []
    if isinstance(item, tuple | list):
        return [value for part in item for value in _tensors(op, part)]
    return [op.tensor(item)]


def _form(item: Argument) -> Argument:
    if isinstance(item, tuple | list):
        return [_form(part) for part in item]
    return item is None


def _filled(item: Argument, values: Iterator[ir.Value]) -> Argument:
    """A result of the same form with other tensors."""
    if item is None:
        return None
    if isinstance(item, tuple | list):
        return [_filled(part, values) for part in item]
    return next(values)
