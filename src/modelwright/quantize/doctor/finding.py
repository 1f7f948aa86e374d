"""What a check finds: a stable code, what was measured, why it matters, what to do, and the fix where there is one."""

from __future__ import annotations

from dataclasses import dataclass

from modelwright.diagnostics import Diagnostic, Level
from modelwright.quantize.settings import Method

STAGE = "doctor"
"""The stage that a finding's diagnostic names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What ``--fix`` does about a finding, as data.

    Attributes:
        what: The phrase that says so.
        input: The input whose data change.
        preparation: Key of the change to the data, of `modelwright.quantize.doctor.preparations`.
        distinct: Whether repeated samples are left out.
        varied: Whether constant samples and those with NaN or infinity are left out.
        float_nodes: Nodes that stay float, so that the tensors around them get scales of their own.
        methods: How ranges of named tensors are chosen instead.
        finetune: Least level of fine-tuning.
        per_channel: Whether weights get a scale for each channel.
        dequantize: Whether QuantizeLinear, DequantizeLinear and their weights become floats again.
    """

    what: str
    input: str = ""
    preparation: str = ""
    distinct: bool = False
    varied: bool = False
    float_nodes: tuple[str, ...] = ()
    methods: tuple[tuple[str, Method], ...] = ()
    finetune: int = 0
    per_channel: bool = False
    dequantize: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: Stable code, ``MW-Q101``.
        level: How much it matters; an error makes the scales useless.
        message: What is wrong, in the user's names.
        evidence: What was measured, a phrase each.
        explanation: Why it matters.
        remedy: What to do.
        where: Inputs, tensors or nodes concerned, the most important first.
        fix: What ``--fix`` does; None where nothing can be done from here.
    """

    code: str
    level: Level
    message: str
    evidence: tuple[str, ...]
    explanation: str
    remedy: str
    where: tuple[str, ...] = ()
    fix: Fix | None = None

    def diagnostic(self) -> Diagnostic:
        """The finding as a remark of a report."""
        facts = f" ({'; '.join(self.evidence)})" if self.evidence else ""
        return Diagnostic(
            level=self.level,
            message=f"{self.message}{facts}. {self.explanation}",
            stage=STAGE,
            code=self.code,
            hint=self.remedy,
            node=self.where[0] if self.where else "",
        )
