"""Loops of TensorFlow 1, raised to While nodes.

A loop variable goes Enter -> Merge -> Switch; the Switch's first output leaves by an Exit, its second one goes through
the body to a NextIteration, which is the Merge's other input. LoopCond is the predicate of all the loop's Switches.
What does not change in the loop comes in by an Enter of its own (``is_constant``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.branches import raise_branches
from modelwright.frontends.tensorflow.flat import LOOP_BACK, FlatGraph
from modelwright.frontends.tensorflow.function_making import FunctionMaker, Region
from modelwright.frontends.tensorflow.messages import Message, join_ref, make_node, node_of, split_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """One loop variable.

    Attributes:
        merge: Its Merge.
        enter: Its Enter.
        following: What NextIteration takes.
        switches: Names of its Switches; empty when neither the body nor an Exit uses it.
    """

    merge: Message
    enter: Message
    following: str
    switches: tuple[str, ...]


def raise_loops(flat: FlatGraph, roots: Sequence[str], maker: FunctionMaker) -> None:
    """Replaces every loop that ``roots`` need, inner ones first; Exits become Identity nodes of the While's outputs.

    Raises:
        ConversionError: A loop does not have TensorFlow's form.
    """
    waiting = [node for node in flat.order(roots, control=True) if node.op == "LoopCond"]
    while waiting:
        later = [node for node in waiting if not _raise_loop(flat, node, maker)]
        if len(later) == len(waiting):
            raise ConversionError(f"the loop of {later[0].name!r} does not have TensorFlow's form", node=later[0].name)
        waiting = later


def _raise_loop(flat: FlatGraph, condition: Message, maker: FunctionMaker) -> bool:
    """Replaces one loop unless it holds another that was not replaced yet."""
    variables = _variables(flat, condition)
    predicate = flat.inputs(condition)[0]
    results = [variable.following for variable in variables]
    inside = _inside(flat, [predicate, *results], variables)
    if any(node.op in ("Exit", "LoopCond", LOOP_BACK) for node in inside):
        return False
    fixed = [node for node in inside if node.op == "Enter"]
    arguments = {variable.merge.name: variable.merge.name for variable in variables}
    arguments |= {join_ref(switch, 1): v.merge.name for v in variables for switch in v.switches}
    arguments |= {node.name: node.name for node in fixed}
    names = [variable.merge.name for variable in variables] + [node.name for node in fixed]
    edges = frozenset({*names, condition.name, *(switch for v in variables for switch in v.switches)})
    frame = _frame_name(variables, condition)
    functions: dict[str, str] = {}
    for kind, wanted in (("cond", [predicate]), ("body", [*results, *(node.name for node in fixed)])):
        region = Region(flat, arguments)
        region.walk(wanted, edges)
        returned = [region.reference(ref) for ref in wanted]
        raise_branches(region.flat, returned, maker)
        functions[kind] = maker.add(f"{frame}_{kind}", names, region.flat, returned)
    enters = [variable.enter for variable in variables] + fixed
    _add_while(flat, frame, enters, functions)
    return True


def _variables(flat: FlatGraph, condition: Message) -> list[_Variable]:
    switches: dict[str, list[str]] = {}
    for node in flat.nodes.values():
        if node.op == "Switch":
            data, predicate = flat.inputs(node)
            if predicate == condition.name:
                switches.setdefault(data, []).append(node.name)
    for node in _back(flat, flat.inputs(condition)):
        if node.op == "Merge" and _is_loop_merge(flat, node):
            switches.setdefault(node.name, [])
    found: list[_Variable] = []
    for name, outputs in switches.items():
        merge = flat.nodes[name]
        sides = [flat.producer(ref)[0] for ref in flat.inputs(merge)] if merge.op == "Merge" else []
        enter = next((side for side in sides if side is not None and side.op == "Enter"), None)
        back = next((side for side in sides if side is not None and side.op == LOOP_BACK), None)
        if enter is None or back is None:
            raise ConversionError(f"loop variable {name!r} lacks its Enter or NextIteration", node=name)
        following = flat.inputs(back)[0]
        found.append(_Variable(merge=merge, enter=enter, following=following, switches=tuple(outputs)))
    return found


def _is_loop_merge(flat: FlatGraph, node: Message) -> bool:
    return any((side := flat.producer(ref)[0]) is not None and side.op == LOOP_BACK for ref in flat.inputs(node))


def _back(flat: FlatGraph, roots: Sequence[str]) -> list[Message]:
    """Nodes that ``roots`` need by data edges, up to and with Merges of loops and Enters."""
    return _walk(flat, roots, frozenset())


def _inside(flat: FlatGraph, roots: Sequence[str], variables: Sequence[_Variable]) -> list[Message]:
    """The nodes of a loop and the Enters that bring what does not change."""
    own = {variable.merge.name for variable in variables} | {name for v in variables for name in v.switches}
    return _walk(flat, roots, frozenset(own))


def _walk(flat: FlatGraph, roots: Sequence[str], edges: frozenset[str]) -> list[Message]:
    seen: dict[str, Message] = {}
    waiting = [flat.resolve(ref) for ref in reversed(roots)]
    while waiting:
        name = node_of(waiting.pop())
        node = flat.nodes.get(name)
        if node is None or name in seen or name in edges:
            continue
        seen[name] = node
        if node.op != "Enter" and not (node.op == "Merge" and _is_loop_merge(flat, node)):
            waiting.extend(reversed(flat.inputs(node)))
    return list(seen.values())


def _frame_name(variables: Sequence[_Variable], condition: Message) -> str:
    names = [variable.enter.attr["frame_name"].s.decode() for variable in variables]
    return next((name for name in names if name), condition.name)


def _add_while(flat: FlatGraph, frame: str, enters: Sequence[Message], functions: dict[str, str]) -> None:
    """Adds the While node and makes the loop's Exits its outputs."""
    control = dict.fromkeys(ref for enter in enters for ref in enter.input if ref.startswith("^"))
    node = make_node(flat.unique(frame), "While", *(flat.inputs(enter)[0] for enter in enters), *control)
    for kind, name in functions.items():
        node.attr[kind].func.name = name
    node.attr["T"].list.type.extend(enter.attr["T"].type for enter in enters)
    flat.add(node)
    numbers = {flat.nodes[enter.name].name: index for index, enter in enumerate(enters)}
    for leave in [item for item in flat.nodes.values() if item.op == "Exit"]:
        switch, _ = split_ref(flat.inputs(leave)[0])
        merge = flat.producer(flat.inputs(flat.nodes[switch])[0])[0] if switch in flat.nodes else None
        sides = [node_of(ref) for ref in flat.inputs(merge)] if merge is not None and merge.op == "Merge" else []
        index = next((numbers[side] for side in sides if side in numbers), None)
        if index is not None:
            leave.op = "Identity"
            flat.set_inputs(leave, [join_ref(node.name, index)], keep_control=False)
