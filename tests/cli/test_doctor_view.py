"""What the doctor found, shown."""

from __future__ import annotations

from rich.console import Console

from modelwright.cli.doctor_view import show_doctor
from modelwright.diagnostics import Level
from modelwright.pipeline.doctor import DoctorReport
from modelwright.quantize.doctor.finding import Finding, Fix


def _shown(*findings: Finding) -> str:
    report = DoctorReport(
        model="m.onnx", format="ONNX", samples=1, tensors=2, checks=(("MW-Q101", "noise"),), findings=findings
    )
    console = Console(width=40, no_color=True)
    with console.capture() as captured:
        show_doctor(report, console, verbose=1)
    return captured.get()


def test_names_with_brackets_and_long_lines_stay_whole() -> None:
    finding = Finding(
        code="MW-Q203",
        level=Level.NOTICE,
        message="tensor 'a[0]' is odd",
        evidence=("[bold]" + "x" * 80,),
        explanation="Because",
        remedy="do it",
        fix=Fix(what="does it"),
    )
    shown = _shown(finding)
    assert "tensor 'a[0]' is odd" in shown
    assert "[bold]" + "x" * 80 in shown
    assert "fix: does it" in shown
    assert "healthy  1 notice" in shown
    assert "no       noise (MW-Q101)" in shown


def test_nothing() -> None:
    assert "healthy  nothing found" in _shown()
