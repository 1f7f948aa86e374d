"""The rows of ``program_rows`` in a form to look up, and how an operator is brought into the PIR dialect by one."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelwright.frontends.paddle.model import Joined, Literal, Operand, Result
from modelwright.frontends.paddle.program_rows import rows


@dataclass(frozen=True, slots=True)
class Reference:
    """The tensor that an attribute names instead of holding a value."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one of ProgramDesc's operators is called in the PIR dialect.

    Attributes:
        op_type: Its name there.
        inputs: For each input the alternatives that give it.
        outputs: Slots of its outputs.
        renamed: Attributes with another name there.
        dropped: Attributes of no meaning.
    """

    op_type: str
    inputs: tuple[tuple[str, ...], ...]
    outputs: tuple[str, ...]
    renamed: Mapping[str, str]
    dropped: frozenset[str]

    def taken(self) -> frozenset[str]:
        """Attributes that become inputs."""
        return frozenset(way[1:] for ways in self.inputs for way in ways if way.startswith("@"))


@functools.cache
def program_table() -> Mapping[str, Row]:
    """The rows by the operator's name in ProgramDesc."""
    return dict(_parsed(line) for line in rows())


def _parsed(line: str) -> tuple[str, Row]:
    left, _, rules = line.partition("|")
    name, _, form = left.partition("=")
    called, _, made = form.partition("->")
    op_type, _, slots = called.strip().rstrip(")").partition("(")
    changes = [item.strip() for item in rules.split(",") if item.strip()]
    name = name.strip()
    return (
        name,
        Row(
            op_type=name if op_type == "." else op_type,
            inputs=tuple(tuple(item.strip().split("/")) for item in slots.split(",") if item.strip()),
            outputs=tuple(item.strip() for item in made.split(",") if item.strip()),
            renamed={item.partition(">")[0]: item.partition(">")[2] for item in changes if ">" in item},
            dropped=frozenset(item[1:] for item in changes if item.startswith("-")),
        ),
    )


Slots = Mapping[str, Sequence[str]]


def row_inputs(row: Row, slots: Slots, attributes: Mapping[str, Any]) -> tuple[Operand, ...]:
    """The inputs in the PIR dialect's order, without those left out at the end."""
    found = [_first(ways, slots, attributes) for ways in row.inputs]
    while found and found[-1] is None:
        found.pop()
    return tuple(found)


def row_outputs(row: Row, slots: Slots) -> tuple[Result, ...]:
    """The outputs in the PIR dialect's order."""
    return tuple(
        tuple(slots.get(slot[1:], ())) if slot.startswith("*") else next(iter(slots.get(slot, ())), None)
        for slot in row.outputs
    )


def row_attributes(row: Row, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes under the PIR dialect's names; of several old names for one the list that is not empty."""
    gone = row.dropped | row.taken()
    found: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in gone:
            continue
        new = row.renamed.get(name, name)
        if new not in found or value not in ([], None):
            found[new] = value
    return found


def _first(ways: Sequence[str], slots: Slots, attributes: Mapping[str, Any]) -> Operand:
    for way in ways:
        found = _operand(way, slots, attributes)
        if found is not None:
            return found
    return None


def _operand(way: str, slots: Slots, attributes: Mapping[str, Any]) -> Operand:
    if way.startswith("@"):
        return attribute_operand(attributes.get(way[1:]))
    names = tuple(slots.get(way.lstrip("*+"), ()))
    if not names:
        return None
    if way.startswith("*"):
        return names
    return Joined(names) if way.startswith("+") else names[0]


def attribute_operand(value: Any) -> Operand:
    """An attribute's value as an input; None for none."""
    if value is None or value == "":
        return None
    if isinstance(value, Reference):
        return value.name
    if isinstance(value, str):
        return Literal(np.asarray(float(value), np.float64))
    if isinstance(value, list) and value and all(isinstance(item, Reference) for item in value):
        return Joined(tuple(item.name for item in value))
    if isinstance(value, list):
        whole = all(isinstance(item, int) for item in value)
        return Literal(np.asarray(value, np.int64 if whole else np.float32))
    if isinstance(value, bool | int):
        return Literal(np.asarray(value, np.bool_ if isinstance(value, bool) else np.int64))
    return Literal(np.asarray(value, np.float32))
