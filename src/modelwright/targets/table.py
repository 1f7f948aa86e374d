"""What a profile's table of operators says of a node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modelwright.hub.opset import introduced_at
from modelwright.targets.causes import Cause, Code, Evidence
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.profile import OperatorRow, Profile
from modelwright.targets.remedies import pin_opset, without

COMPOSITE: Final = {
    "Celu": ("Div", "Elu", "Mul"),
    "Gelu": ("Add", "Div", "Erf", "Mul"),
    "GroupNormalization": ("Add", "InstanceNormalization", "Mul", "Reshape"),
    "HardSwish": ("HardSigmoid", "Mul"),
    "LayerNormalization": ("Add", "Div", "Mul", "ReduceMean", "Sqrt", "Sub"),
    "Mish": ("Mul", "Softplus", "Tanh"),
}
"""Operators that ``--opset`` writes in terms of simpler ones, below the opset that introduced them."""


def look_up(facts: ModelFacts, node: NodeFacts, profile: Profile) -> Cause | None:
    """The table's verdict on a node's operator, or None when there is no table.

    Args:
        facts: The model.
        node: The node.
        profile: The target.
    """
    row = profile.operators.get(node.type)
    match profile.decides:
        case None:
            return None
        case "accelerated":
            return _accelerated(profile, node, row)
        case "measured":
            return _measured(facts, node, profile, row)
        case "listed":
            return _listed(facts, node, profile, row)


def _accelerated(profile: Profile, node: NodeFacts, row: OperatorRow | None) -> Cause:
    if row is not None:
        return _ok(f"{profile.label} accelerates {node.type}")
    return Cause(
        code=Code.NOT_ACCELERATED,
        message=f"{node.type} is not among the accelerated operators and runs on the CPU",
        remedy="nothing, if it is not the bottleneck",
        evidence=Evidence.TABLE,
    )


def _measured(facts: ModelFacts, node: NodeFacts, profile: Profile, row: OperatorRow | None) -> Cause:
    if row is None:
        return (
            unlisted(facts, node, profile) if node.node.domain else _partly(node, "no test of the standard covers it")
        )
    if not row.passed:
        reason = f"none of the standard's {row.of} tests of {node.type} is taken"
        return unlisted(facts, node, profile, reason=reason)
    dtype = _first_dtype(facts, node)
    if dtype in row.refused:
        return Cause(
            code=Code.DTYPE,
            message=f"none of the standard's tests of {node.type} with {dtype} is taken",
            remedy="export the model in float32, or put Casts around this layer",
            evidence=Evidence.TABLE,
        )
    if row.passed < (row.of or 0) and dtype not in row.dtypes:
        return _partly(node, f"{row.passed} of the standard's {row.of} tests of it are taken")
    return _ok(f"the standard's tests of {node.type}{f' with {dtype}' if dtype in row.dtypes else ''} are taken")


def _first_dtype(facts: ModelFacts, node: NodeFacts) -> str:
    first = next((value for value in node.node.inputs if value is not None), None)
    return "" if first is None else facts.dtype(first)


def _partly(node: NodeFacts, reason: str) -> Cause:
    return Cause(
        code=Code.PARTLY_SUPPORTED,
        message=f"{node.type} was not tried here; {reason}",
        remedy="try it: name an interpreter that has the engine with --python",
        evidence=Evidence.TABLE,
    )


def _listed(facts: ModelFacts, node: NodeFacts, profile: Profile, row: OperatorRow | None) -> Cause:
    if row is None:
        return unlisted(facts, node, profile)
    versions = row.versions()
    if versions is not None and not node.node.domain and profile.readable_opset(facts.opset) not in versions:
        return _other_opset(facts, node, profile, versions)
    if row.note:
        message, code = f"{node.type} {row.note}", Code.CONVERTED
        return Cause(code=code, message=message, remedy=row.remedy or "nothing, if that suits", evidence=Evidence.TABLE)
    known_as = f" as {row.becomes}" if row.becomes not in ("", node.type) else ""
    return _ok(f"{node.type} is listed{known_as}")


def _other_opset(facts: ModelFacts, node: NodeFacts, profile: Profile, versions: Iterable[int]) -> Cause:
    listed = sorted(versions)
    opset = profile.readable_opset(facts.opset)
    nearest = min(listed, key=lambda version: (abs(version - opset), -version))
    return Cause(
        code=Code.TYPE_UNSUPPORTED,
        message=f"{node.type} is listed for opset {_span(listed)}, not for {opset}",
        remedy=pin_opset(facts, nearest),
        evidence=Evidence.TABLE,
    )


def _span(versions: list[int]) -> str:
    return f"{versions[0]} to {versions[-1]}" if len(versions) > 1 else str(versions[0])


def unlisted(facts: ModelFacts, node: NodeFacts, profile: Profile, *, reason: str = "") -> Cause:
    """The cause of an operator that the target does not have.

    Args:
        facts: The model.
        node: The node.
        profile: The target.
        reason: Why, where it is not just missing in the list.
    """
    plain = node.node.op_type
    if node.node.domain and plain in profile.operators and not reason:
        return Cause(
            code=Code.TYPE_AMBIGUOUS,
            message=f"{node.type} has the name of the standard's {plain} but is an operator of its own",
            remedy=f"replace it by the standard's operator, or {without(facts, node, profile.ways)}",
            evidence=Evidence.TABLE,
        )
    known = profile.decides == "measured" and not node.node.domain
    return Cause(
        code=Code.TYPE_UNSUPPORTED,
        message=reason or f"{node.type} is {'not taken' if known else 'not among the operators listed'}",
        remedy=remedy_for_missing(facts, node, profile),
        evidence=Evidence.TABLE,
    )


def remedy_for_missing(facts: ModelFacts, node: NodeFacts, profile: Profile) -> str:
    """What to do about an operator that the target lacks.

    A composite operator can be written in terms of simpler ones, at the opset before the one that introduced it.
    """
    row = profile.operators.get(node.type)
    if row is not None and row.remedy:
        return row.remedy
    parts = COMPOSITE.get(node.type, ())
    before = min(introduced_at(node.node.op_type) - 1, profile.readable_opset(facts.opset))
    if parts and all(_taken(profile, part) for part in parts):
        names = ", ".join(parts)
        return f"{pin_opset(facts, before)}, which writes it as {names}"
    return without(facts, node, profile.ways)


def _taken(profile: Profile, op_type: str) -> bool:
    if profile.decides not in ("listed", "measured"):
        return True
    row = profile.operators.get(op_type)
    return row is not None and (row.passed is None or row.passed > 0)


def _ok(message: str) -> Cause:
    return Cause(code=Code.OK, message=message, evidence=Evidence.TABLE)
