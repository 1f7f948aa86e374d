"""One scale for values that are thousands of times apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import onnx_ir as ir

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix

_LEVELS: Final = 8
_UP_TO_ONE: Final = frozenset({"Sigmoid", "HardSigmoid", "Softmax", "Tanh"})
_MOVING: Final = frozenset("Reshape Transpose Squeeze Unsqueeze Flatten Identity Slice Split Concat Gather".split())


@check("MW-Q201", "one scale for values far apart")
def dead_scale(evidence: Evidence) -> Iterator[Finding]:
    """A Concat of parts of which one would have fewer than 8 levels: boxes in pixels beside scores of 0 to 1."""
    for node in evidence.model.graph:
        if node.op_type != "Concat" or node.domain or not _shares_scale(evidence, node):
            continue
        known = [item for item in node.inputs if item is not None and item.name in evidence.tensors]
        parts = {item.name or "": _reach(evidence, item) for item in known}
        width = max((_width(evidence, name) for name in parts), default=0.0)
        small = [name for name, size in parts.items() if size > 0 and 255 * size < _LEVELS * width]
        if small:
            yield _finding(node, parts, small, width)


def _reach(evidence: Evidence, part: ir.Value) -> float:
    """The largest magnitude, at least what the operator that makes it can reach: the data may hold no object."""
    node = part.producer()
    bound = 1.0 if node is not None and node.op_type in _UP_TO_ONE and not node.domain else 0.0
    return max(bound, evidence.tensors[part.name or ""].largest)


def _width(evidence: Evidence, name: str) -> float:
    facts = evidence.tensors[name]
    return max(facts.high, 0.0) - min(facts.low, 0.0)


def _shares_scale(evidence: Evidence, node: ir.Node) -> bool:
    """Whether the parts would be rounded with one scale; they would, as far as nothing else is known."""
    if node.op_type in evidence.settings.ignore_op_types or node.name in evidence.settings.ignore_op_names:
        return False
    if evidence.placement is None:
        return True
    placed = {tensor.name: tensor for tensor in evidence.placement.tensors}
    moved = [value.name for item in _moving(node) for value in item.outputs]
    groups = [placed[item.name].group for item in node.inputs if item is not None and item.name in placed]
    shared = [group for group in groups if group is not None]
    return any(name in placed for name in moved) or len(shared) > len(set(shared))


def _finding(node: ir.Node, parts: dict[str, float], small: list[str], width: float) -> Finding:
    name = node.name or node.outputs[0].name or "Concat"
    largest = max(parts, key=lambda item: (parts[item], item))
    step = width / 255
    return Finding(
        code="MW-Q201",
        level=Level.ERROR,
        message=f"Concat {name!r}: one scale would serve values that are {parts[largest] / parts[small[0]]:,.0f} "
        "times apart",
        evidence=(
            *(f"{item} stays below {parts[item]:.3g}" for item in small[:3]),
            f"{largest} reaches {parts[largest]:.3g}, so one step is {step:.2g}",
        ),
        explanation="The small parts round to a few values or to nothing: a detector then finds no object at all",
        remedy="give the parts scales of their own: leave the Concat in float (--fix, or ignore_op_names), or make the "
        "parts separate outputs: --outputs " + ",".join(parts),
        where=(name, *small[:4]),
        fix=Fix(
            what=f"Concat {name!r} and what reads it stay float; its parts get scales of their own",
            float_nodes=tuple(_staying_float(node)),
        ),
    )


def _moving(node: ir.Node) -> list[ir.Node]:
    """The Concat, and the nodes behind it that only move values."""
    found = [node]
    for item in found:
        users = (user for output in item.outputs for user, _ in output.uses())
        found.extend(user for user in users if user.op_type in _MOVING and not user.domain and user not in found)
    return found


def _staying_float(node: ir.Node) -> Iterator[str]:
    """Names of the Concat, of what moves its values, and of what computes with them."""
    moving = _moving(node)
    readers = [user for item in moving for output in item.outputs for user, _ in output.uses()]
    yield from dict.fromkeys(item.name for item in (*moving, *readers) if item.name)
