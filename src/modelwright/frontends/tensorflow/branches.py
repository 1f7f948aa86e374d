"""Branches of TensorFlow 1, raised to If and Case nodes.

A Switch gives its input to one of its outputs and a dead tensor to the others; what takes a dead tensor, or a control
edge from a dead node, is dead itself; a Merge gives the input that is alive. So every node lives in a context: the
Switch outputs that it depends on. The inputs of a Merge live one step deeper than the Merge, one in each branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from modelwright.errors import ConversionError, ModelFormatError
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.function_making import FunctionMaker, Region
from modelwright.frontends.tensorflow.messages import Message, join_ref, make_node, node_of, split_ref

SWITCHES = frozenset({"Switch", "_SwitchN"})

Step = tuple[str, str, int]
"""A predicate's reference, the Switch's operator, and the output taken."""

Context = tuple[Step, ...]


@dataclass(slots=True, kw_only=True)
class _Group:
    """Merges that become the outputs of one node.

    Attributes:
        outer: The context they live in.
        predicate: The predicate's reference.
        switch: The Switch's operator.
        merges: The Merges.
        inputs: For each Merge, its input in each branch.
    """

    outer: Context
    predicate: str
    switch: str
    merges: list[Message] = field(default_factory=list[Message])
    inputs: list[dict[int, str]] = field(default_factory=list[dict[int, str]])


def raise_branches(flat: FlatGraph, roots: Sequence[str], maker: FunctionMaker) -> None:
    """Replaces the Merges that ``roots`` need by If and Case nodes, inner ones first; they become Identity nodes.

    Raises:
        ConversionError: A Merge does not have TensorFlow's form.
    """
    if not any(node.op == "Merge" for node in flat.nodes.values()):
        return
    contexts = _Contexts(flat, roots)
    needed = {node.name for node in flat.order(roots, control=False)}
    groups = contexts.groups(needed)
    for group in sorted(groups, key=lambda item: -len(item.outer)):
        _raise_group(flat, group, contexts, maker)


class _Contexts:
    """The context of every node that ``roots`` need."""

    def __init__(self, flat: FlatGraph, roots: Sequence[str]) -> None:
        self._flat = flat
        self._of: dict[str, Context] = {}
        self._order = flat.order(roots, control=True)
        for node in self._order:
            self._of[node.name] = self._merged(node) if node.op == "Merge" else self._united(node)

    def of(self, ref: str) -> Context:
        """The context of a tensor."""
        name, index = split_ref(self._flat.resolve(ref))
        node = self._flat.nodes[name]
        outer = self._of.get(name, ())
        return (*outer, (self._predicate(node), node.op, index)) if node.op in SWITCHES else outer

    def _predicate(self, switch: Message) -> str:
        """The predicate of a Switch; TensorFlow copies it for some of a branch's Switches."""
        inputs = self._flat.inputs(switch)
        if len(inputs) < 2:
            raise ModelFormatError(f"{switch.op} {switch.name!r} has no predicate", hint="the file is damaged")
        ref = inputs[1]
        node, _ = self._flat.producer(ref)
        while node is not None and node.op == "Identity":
            ref = self._flat.inputs(node)[0]
            node, _ = self._flat.producer(ref)
        return ref

    def put(self, name: str, context: Context) -> None:
        """Remembers the context of a new node."""
        self._of[name] = context

    def _united(self, node: Message) -> Context:
        found: Context = ()
        for ref in (*self._flat.inputs(node), *(item[1:] for item in node.input if item.startswith("^"))):
            if node_of(ref) not in self._flat.nodes:
                continue
            context = self._of.get(ref, ()) if ref in self._flat.nodes and ref not in node.input else self.of(ref)
            longer, shorter = (context, found) if len(context) > len(found) else (found, context)
            if longer[: len(shorter)] != shorter:
                raise ConversionError(f"{node.op} {node.name!r} lives in two branches at once", node=node.name)
            found = longer
        return found

    def _merged(self, node: Message) -> Context:
        inner = [self.of(ref) for ref in self._flat.inputs(node)]
        count = min(len(context) for context in inner)
        for index in range(count):
            if any(context[index] != inner[0][index] for context in inner):
                return inner[0][:index]
        return inner[0][:count]

    def groups(self, needed: set[str]) -> list[_Group]:
        """Merges of one predicate and context together, unless one needs the other."""
        found: dict[tuple[Context, str, str, int], _Group] = {}
        depths: dict[str, tuple[Context, str, int]] = {}
        for merge in self._order:
            if merge.op != "Merge" or merge.name not in needed:
                continue
            outer = self._of[merge.name]
            inputs, predicate, switch = self._inputs_by_branch(merge, outer)
            before = {node.name for node in self._flat.order(self._flat.inputs(merge), control=False)}
            same = [
                depth
                for name, (ctx, ref, depth) in depths.items()
                if name in before and (ctx, ref) == (outer, predicate)
            ]
            depth = max(same, default=-1) + 1
            depths[merge.name] = (outer, predicate, depth)
            empty = _Group(outer=outer, predicate=predicate, switch=switch)
            group = found.setdefault((outer, predicate, switch, depth), empty)
            group.merges.append(merge)
            group.inputs.append(inputs)
        return list(found.values())

    def _inputs_by_branch(self, merge: Message, outer: Context) -> tuple[dict[int, str], str, str]:
        """Branch number to input, the predicate and the Switch's operator."""
        refs = self._flat.inputs(merge)
        steps: list[Step | None] = [next(iter(self.of(ref)[len(outer) :]), None) for ref in refs]
        known = [step for step in steps if step is not None]
        fault = ConversionError(f"Merge {merge.name!r} does not join the branches of one Switch", node=merge.name)
        if not known or any(step[:2] != known[0][:2] for step in known):
            raise fault
        predicate, switch, _ = known[0]
        if switch == "Switch" and len(refs) == 2 and len(known) == 1:
            steps = [step or (predicate, switch, 1 - known[0][2]) for step in steps]
        numbers = [step[2] for step in steps if step is not None]
        if sorted(numbers) != list(range(len(refs))):
            raise fault
        return dict(zip(numbers, refs, strict=True)), predicate, switch


def _raise_group(flat: FlatGraph, group: _Group, contexts: _Contexts, maker: FunctionMaker) -> None:
    """Replaces the Merges of a group by one node."""
    outer = group.outer
    outside: dict[str, None] = {}
    insides: dict[int, dict[str, str]] = {}
    branches = sorted(group.inputs[0])
    for branch in branches:
        context = (*outer, (group.predicate, group.switch, branch))
        insides[branch] = _border(flat, [inputs[branch] for inputs in group.inputs], context, contexts)
        outside |= dict.fromkeys(insides[branch].values())
    names = {ref: flat.unique(f"{group.merges[0].name}/argument_{index}") for index, ref in enumerate(outside)}
    functions: list[str] = []
    for branch in branches:
        wanted = [inputs[branch] for inputs in group.inputs]
        given = {ref: names[source] for ref, source in insides[branch].items()}
        region = Region(flat, given)
        for name in names.values():
            if name not in region.flat.nodes:
                region.flat.add(make_node(name, "_Arg"))
        region.walk(wanted, frozenset(flat.nodes))
        returned = [region.reference(ref) for ref in wanted]
        functions.append(maker.add(f"{group.merges[0].name}_{branch}", list(names.values()), region.flat, returned))
    _add_node(flat, group, list(outside), functions, contexts)


def _border(flat: FlatGraph, roots: Sequence[str], context: Context, contexts: _Contexts) -> dict[str, str]:
    """References by which a branch takes something from outside, with what they mean there.

    A Switch on the border stands for its input.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = [flat.resolve(ref) for ref in reversed(roots)]
    depth = len(context)
    while waiting:
        ref = waiting.pop()
        if ref in seen:
            continue
        seen.add(ref)
        node, _ = flat.producer(ref)
        if node is not None and node.op in SWITCHES and contexts.of(ref) == context:
            found[ref] = flat.inputs(node)[0]
        elif contexts.of(ref)[:depth] != context:
            found[ref] = ref
        elif node is not None:
            waiting.extend(reversed(flat.inputs(node)))
    return found


def _add_node(
    flat: FlatGraph, group: _Group, arguments: Sequence[str], functions: Sequence[str], contexts: _Contexts
) -> None:
    choice = "StatelessIf" if group.switch == "Switch" else "StatelessCase"
    node = make_node(flat.unique(f"{group.merges[0].name}/{choice}"), choice, group.predicate, *arguments)
    if choice == "StatelessIf":
        node.attr["else_branch"].func.name, node.attr["then_branch"].func.name = functions
    else:
        for name in functions:
            node.attr["branches"].list.func.add(name=name)
    flat.add(node)
    contexts.put(node.name, group.outer)
    for index, merge in enumerate(group.merges):
        merge.op = "Identity"
        flat.set_inputs(merge, [join_ref(node.name, index)], keep_control=False)
        if "N" in merge.attr:
            del merge.attr["N"]
