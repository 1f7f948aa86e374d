"""What the doctor found, as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelwright.cli.quantities import plural
from modelwright.diagnostics import Level

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from modelwright.pipeline.doctor import DoctorReport
    from modelwright.quantize.doctor.finding import Finding

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTICE: "cyan", Level.INFO: "dim"}
_WIDTH = 9


def show_doctor(report: DoctorReport, console: Console, *, verbose: int = 0) -> None:
    """Prints what was found.

    Args:
        report: What to show.
        console: Where to print.
        verbose: From 1 on, what was looked for in vain is listed.
    """
    seen = f", {plural(report.samples, 'sample')} and {plural(report.tensors, 'tensor')} looked at"
    _print(console, f"{report.model}  {report.format}{seen if report.samples else ', the model alone'}", "bold")
    for finding in report.findings:
        console.print()
        _show(finding, console)
    console.print()
    if verbose:
        found = {finding.code for finding in report.findings}
        for code, title in report.checks:
            if code not in found:
                _print(console, f"{'no':<{_WIDTH}}{title} ({code})", "dim")
        console.print()
    _verdict(report, console)


def _show(finding: Finding, console: Console) -> None:
    from rich.text import Text

    level = (f"{finding.level.value:<{_WIDTH}}", _STYLES[finding.level])
    _print(console, Text.assemble(level, finding.message, (f"  {finding.code}", "dim")))
    indent = " " * _WIDTH
    for fact in finding.evidence:
        _print(console, f"{indent}- {fact}")
    _print(console, f"{indent}{finding.explanation}", "dim")
    _print(console, f"{indent}-> {finding.remedy}", "cyan")
    if finding.fix is not None:
        _print(console, f"{indent}--fix: {finding.fix.what}", "cyan")


def _verdict(report: DoctorReport, console: Console) -> None:
    from rich.text import Text

    counts = [
        plural(count, level.value)
        for level in (Level.ERROR, Level.WARNING, Level.NOTICE)
        if (count := sum(finding.level is level for finding in report.findings))
    ]
    word = ("healthy", "bold green") if report.healthy else ("unhealthy", "bold red")
    _print(console, Text.assemble(word, f"  {', '.join(counts) if counts else 'nothing found'}"))
    if any(finding.fix is not None for finding in report.findings):
        _print(console, "modelwright quantize --fix does what is said behind --fix", "dim")


def _print(console: Console, text: str | Text, style: str = "") -> None:
    """A line that is not broken, so that what is in it can be copied."""
    from rich.text import Text

    console.print(Text(text) if isinstance(text, str) else text, style=style or None, soft_wrap=True)
