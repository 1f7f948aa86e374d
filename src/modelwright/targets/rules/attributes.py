"""Attributes and inputs that a target takes in some forms only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts, NodeFacts, is_weight
from modelwright.targets.remedies import command
from modelwright.targets.rule import node_rule


@node_rule("attributes")
def attributes(facts: ModelFacts, node: NodeFacts, *, limits: Sequence[dict[str, Any]]) -> Iterator[Cause]:
    """Attributes have the values that the target takes.

    Each limit is a table: ``operator``, ``name``, ``default`` (the standard's), ``allowed`` (a list of values), and
    perhaps ``severity`` (``error`` or ``warning``), ``remedy``, and ``unless_zero``, an attribute whose being absent
    or all zeros makes the limit void.
    """
    del facts
    for limit in limits:
        if limit["operator"] != node.type or _void(node, limit):
            continue
        value = node.attribute(limit["name"], limit["default"])
        if value not in limit["allowed"]:
            allowed = " or ".join(str(item) for item in limit["allowed"])
            warns = limit.get("severity") == "warning"
            yield Cause(
                code=Code.NOT_ACCELERATED if warns else Code.PARAMETER_INVALID,
                message=f"its {limit['name']} is {value}; the target "
                f"{'accelerates' if warns else 'takes'} {allowed} only",
                remedy=limit.get("remedy", ""),
            )


def _void(node: NodeFacts, limit: dict[str, Any]) -> bool:
    name = limit.get("unless_zero")
    return name is not None and not any(node.attribute(name, ()) or ())


@node_rule("constant-inputs")
def constant_inputs(facts: ModelFacts, node: NodeFacts, *, inputs: dict[str, Sequence[int]]) -> Iterator[Cause]:
    """The inputs at these positions, by operator, are constants."""
    for position in inputs.get(node.type, ()):
        value = node.node.inputs[position] if position < len(node.node.inputs) else None
        if value is not None and not is_weight(value) and facts.constant(value) is None:
            yield Cause(
                code=Code.PARAMETER_INVALID,
                message=f"its input {value.name} is computed while the network runs; the target takes constants only",
                remedy="make the shapes static and fold what is then constant: "
                f"{command(facts, 'simple', '--onnxsim')}",
            )
