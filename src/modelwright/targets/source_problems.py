"""Operators of a source that cannot be imported, in the form of a target's report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.targets.causes import Cause, Code, Evidence
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.profile import Profile
from modelwright.targets.report import NodeVerdict, TargetReport

PASSED_ON_DOMAINS: Final = frozenset({"ai.onnx.converters.tensorflow"})
"""Domains in which frontends pass on what they cannot convert."""

_PASSED: Final = "; it became the custom operator"


def source_problem(facts: ModelFacts, node: NodeFacts) -> Cause | None:
    """Why a node that the frontend passed on could not be imported; None for every other node."""
    if facts.source == "onnx" or node.node.domain not in PASSED_ON_DOMAINS:
        return None
    op_type = node.node.op_type
    reason = next((text for text in facts.remarks if f"{node.name!r}" in text and _PASSED in text), "")
    return Cause(
        code=Code.SOURCE_UNSUPPORTED,
        message=reason.partition(_PASSED)[0] or f"{op_type} of {facts.source} has no converter to ONNX",
        remedy=f"cut the network before it with --outputs, or pass it through: --custom-ops {op_type}:your.domain",
    )


def problems_report(
    error: UnsupportedError | ConversionError, *, model: Path, profile: Profile, opset: int | None = None
) -> TargetReport:
    """A report that lists what kept a model from being imported; nothing else of it could be looked at.

    Args:
        error: What the frontend raised.
        model: The model.
        profile: The target that was asked for.
        opset: The opset that the model could not be brought to, if it was that.
    """
    failed = "be imported: only what stops the import" if opset is None else f"be brought to opset {opset}: only why"
    return TargetReport(
        model=model.name,
        target=profile.name,
        label=profile.label,
        evidence=(f"the model cannot {failed} is listed",),
        causes=(),
        nodes=tuple(_verdicts(error, Code.SOURCE_UNSUPPORTED if opset is None else Code.OPSET)),
    )


def _verdicts(error: UnsupportedError | ConversionError, code: Code) -> list[NodeVerdict]:
    if not isinstance(error, UnsupportedError):
        return [_verdict(error.node, "", error.message, error.hint, code)]
    listed = [
        _verdict(name, op_type, f"{op_type} cannot be imported", error.hint, code) for op_type, name in error.nodes
    ]
    named = {op_type for op_type, _ in error.nodes}
    others = [item for item in error.items if item.partition(" ")[0] not in named]
    return listed + [_verdict("", item.partition(" ")[0], item, error.hint, code) for item in others]


def _verdict(name: str, op_type: str, message: str, hint: str, code: Code) -> NodeVerdict:
    cause = Cause(code=code, message=message, remedy=hint, evidence=Evidence.RULE)
    return NodeVerdict(name=name, type=op_type, causes=(cause,), evidence=Evidence.RULE)
