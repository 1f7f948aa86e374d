"""Operators that write variables: which of them an inference graph can do without.

A frozen graph has no state. An update that happens after every read of its variable (a training-mode counter, moving
averages) changes only later calls and is dropped. One that a result depends on cannot be dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.messages import Message, node_of

_WRITES: Final = re.compile(
    r"Assign(Add|Sub|)(VariableOp)?|(Resource)?(Sparse)?Apply[A-Z]\w*|(Resource)?CountUpTo|ResourceStridedSliceAssign"
    r"|(Resource)?Scatter(Nd)?(Add|Sub|Mul|Div|Min|Max|Update)"
)


def is_write(node: Message) -> bool:
    """Whether a node changes a variable."""
    return _WRITES.fullmatch(node.op) is not None


def _target(node: Message, flat: FlatGraph) -> str:
    """The variable (or argument) a node's first input leads to."""
    ref = flat.resolve(node.input[0])
    found = flat.nodes.get(node_of(ref))
    while found is not None and found.op in ("Identity", "RefIdentity", "Switch", "RefSwitch", "Enter", "RefEnter"):
        ref = flat.resolve(found.input[0])
        found = flat.nodes.get(node_of(ref))
    return node_of(ref)


def drop_writes(flat: FlatGraph, roots: Iterable[str]) -> list[str]:
    """Checks that ``roots`` can do without the writes among the nodes they wait for.

    Returns:
        Names of the variables whose updates are dropped, sorted.

    Raises:
        ConversionError: A result, or the value read from a variable, depends on a write.
    """
    roots = list(roots)
    writes = [node for node in flat.order(roots, control=True) if is_write(node)]
    if not writes:
        return []
    needed = flat.order(roots, control=False)
    targets: dict[str, list[Message]] = {}
    for node in writes:
        targets.setdefault(_target(node, flat), []).append(node)
    for node in needed:
        if is_write(node):
            raise _needed(node, _target(node, flat))
        for ref in flat.inputs(node):
            late = targets.get(node_of(ref))
            if late is None:
                continue
            before = {item.name for item in flat.order([f"^{node.name}"], control=True)}
            for write in late:
                if write.name in before:
                    raise _needed(write, node_of(ref))
    return sorted(targets)


def _needed(node: Message, variable: str) -> ConversionError:
    return ConversionError(
        f"{node.op} {node.name!r} changes variable {variable!r} and the outputs need the changed value",
        hint="a frozen graph has no state; export it in inference mode, or cut it with --outputs before that node",
        node=node.name,
    )
