"""Findings as remarks of a report."""

from __future__ import annotations

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.finding import Finding


def test_a_finding_as_a_remark_says_everything() -> None:
    finding = Finding(
        code="MW-Q106",
        level=Level.WARNING,
        message="too few samples",
        evidence=("3 samples", "ranges grow"),
        explanation="Values are cut off",
        remedy="give more",
        where=("conv", "relu"),
    )
    remark = finding.diagnostic()
    assert remark.message == "too few samples (3 samples; ranges grow). Values are cut off"
    assert (remark.level, remark.code, remark.hint, remark.node) == (Level.WARNING, "MW-Q106", "give more", "conv")
    assert remark.stage == "doctor"
