"""The verdict on a model for one or several targets, and its form as ``eval_report.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelwright.targets.causes import Cause, Evidence

SUCCESS, FAILED = "success", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeVerdict:
    """What a target makes of one node.

    Attributes:
        name: The layer's name in the source, else the node's.
        type: Operator, with its domain unless that is the default one.
        causes: Reasons, errors first; a node that passes has at least one of code 0 or a warning.
        evidence: How the verdict is known.
    """

    name: str
    type: str
    causes: tuple[Cause, ...]
    evidence: Evidence

    @property
    def passed(self) -> bool:
        """Whether no cause is an error."""
        return not any(cause.code.fails for cause in self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """What a target makes of a model.

    Attributes:
        model: The model's file name.
        target: Name of the profile.
        label: The target for people.
        evidence: What the verdicts rest on, a phrase each: which engine tried what, which tables decided.
        causes: What concerns the model as a whole: opset, inputs.
        nodes: One verdict a node, in network order.
    """

    model: str
    target: str
    label: str
    evidence: tuple[str, ...]
    causes: tuple[Cause, ...]
    nodes: tuple[NodeVerdict, ...]

    @property
    def passed(self) -> bool:
        """Whether neither the model as a whole nor any node fails."""
        return not any(cause.code.fails for cause in self.causes) and all(node.passed for node in self.nodes)

    @property
    def failed_nodes(self) -> tuple[NodeVerdict, ...]:
        """The nodes that fail, in network order."""
        return tuple(node for node in self.nodes if not node.passed)

    @property
    def warned_nodes(self) -> tuple[NodeVerdict, ...]:
        """The nodes that pass with a warning, in network order."""
        return tuple(node for node in self.nodes if node.passed and any(cause.code for cause in node.causes))

    def remedies(self) -> tuple[tuple[str, int], ...]:
        """Remedies of errors with the number of times each is named, the most frequent first."""
        counts: dict[str, int] = {}
        for cause in (*self.causes, *(cause for node in self.nodes for cause in node.causes)):
            if cause.code.fails and cause.remedy:
                counts[cause.remedy] = counts.get(cause.remedy, 0) + 1
        return tuple(sorted(counts.items(), key=lambda item: -item[1]))

    def data(self) -> dict[str, Any]:
        """The report as ``eval_report.json`` has it, with a few keys more."""
        failed = len(self.failed_nodes)
        return {
            "name": self.model,
            "target": self.target,
            "result": SUCCESS if self.passed else FAILED,
            "total": len(self.nodes),
            "pass": len(self.nodes) - failed,
            "fail": failed,
            "evidence": list(self.evidence),
            "cause": [_cause_data(cause) for cause in self.causes],
            "op": [
                {
                    "name": node.name,
                    "type": node.type,
                    "result": SUCCESS if node.passed else FAILED,
                    "evidence": node.evidence.value,
                    "cause": [_cause_data(cause) for cause in node.causes],
                }
                for node in self.nodes
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What one or several targets make of a model.

    Attributes:
        model: The model's path as given.
        format: Label of its format.
        targets: One report a target, in the order asked for.
    """

    model: str
    format: str
    targets: tuple[TargetReport, ...]

    @property
    def passed(self) -> bool:
        """Whether every target that was asked for takes the model."""
        return all(report.passed for report in self.targets)

    def data(self) -> dict[str, Any] | list[dict[str, Any]]:
        """The one target's ``eval_report.json``, or a list of them when several targets were asked for."""
        reports = [report.data() for report in self.targets]
        return reports[0] if len(reports) == 1 else reports


def _cause_data(cause: Cause) -> Mapping[str, Any]:
    data: dict[str, Any] = {"code": int(cause.code), "message": cause.message}
    if cause.remedy:
        data["remedy"] = cause.remedy
    data["evidence"] = cause.evidence.value
    return data
