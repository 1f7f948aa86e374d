"""The report as a person reads it: found, done, compared, and the final word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.cli.layers_view import layers_line, layers_table
from modelwright.cli.output import table
from modelwright.cli.quantities import bytes_text, error_text, plural, seconds_text
from modelwright.diagnostics import (
    Diagnostic,
    LayerComparisons,
    Level,
    ModelSummary,
    Report,
    Status,
    StepResult,
    Verification,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_MANY = 4
_PLANNED = 10
"""Files of a plan that are named."""
_STYLES = {
    Status.VERIFIED: "bold green",
    Status.UNVERIFIED: "bold yellow",
    Status.PLANNED: "bold cyan",
    Status.FAILED: "bold red",
}
_LEVEL_STYLES = {Level.INFO: "dim", Level.NOTICE: "cyan", Level.WARNING: "yellow", Level.ERROR: "red"}


def show_report(report: Report, output: Path, stored: Path, console: Console, *, verbose: int = 0) -> None:
    """Prints a report.

    Args:
        report: What to show.
        output: Where the artifact is.
        stored: Where the report is.
        console: Where to print.
        verbose: From 1 on everything that was done and remarked is shown in full.
    """
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    if report.source is not None:
        table.add_row("found", _model(report.source))
        _tensor_rows(table, report.source, verbose=verbose)
    for step in report.steps:
        table.add_row(step.name, _step(step, verbose=verbose))
    for layers in _layers(report.verification):
        table.add_row("layers", layers_line(layers))
    if report.artifact is not None:
        table.add_row("result", _result(report, output))
        if report.source is None or _interface(report.source) != _interface(report.artifact):
            _tensor_rows(table, report.artifact, verbose=verbose)
    if report.status is Status.PLANNED:
        table.add_row("planned", _planned(report, output))
    for remark in _remarks(report.diagnostics, verbose=verbose):
        table.add_row(*remark)
    console.print(table)
    for part in _parts(report.verification, verbose=verbose):
        console.print()
        console.print(part)
    if report.artifact is not None or report.status is Status.PLANNED:
        console.print()
        console.print(_verdict(report, stored))


def _layers(verification: Verification | None) -> tuple[LayerComparisons, ...]:
    layers = None if verification is None else verification.layers
    return () if layers is None else (layers,)


def _parts(verification: Verification | None, *, verbose: int) -> Iterator[Table]:
    if verification is not None and verification.outputs:
        yield _comparisons(verification, verbose=verbose)
    for layers in _layers(verification):
        if layers.tensors:
            yield layers_table(layers.tensors, verbose=verbose)


def _model(summary: ModelSummary) -> str:
    facts = [summary.format, plural(summary.nodes, "node"), plural(summary.parameters, "parameter")]
    return ", ".join([*facts, bytes_text(summary.file_bytes)])


def _interface(summary: ModelSummary) -> list[str]:
    return [str(tensor) for tensor in (*summary.inputs, *summary.outputs)]


def _tensor_rows(table: Table, summary: ModelSummary, *, verbose: int) -> None:
    from rich.text import Text

    for label, tensors in (("in", summary.inputs), ("out", summary.outputs)):
        shown = tensors if verbose else tensors[:_MANY]
        more = len(tensors) - len(shown)
        names = [str(tensor) for tensor in shown] + ([f"and {more} more"] if more else [])
        for index, name in enumerate(names):
            table.add_row("", Text.assemble((f"{label if index == 0 else '':<4}", "dim"), name))


def _step(step: StepResult, *, verbose: int) -> Text:
    """Time and phrases; what the optimizer's rewrites did follows on a line of its own."""
    from rich.text import Text

    phrases = [phrase for phrase in step.summary if phrase]
    head = 2 if step.name == "optimize" else len(phrases)
    text = Text.assemble((f"{seconds_text(step.seconds):<8}", "dim"), "; ".join(phrases[:head]))
    rest = phrases[head:]
    if rest:
        shown = rest if verbose else rest[:4]
        more = f" and {plural(len(rest) - len(shown), 'rewrite')} more" if len(shown) < len(rest) else ""
        text.append(f"\n{', '.join(shown)}{more}", "dim")
    return text


def _result(report: Report, output: Path) -> str:
    artifact = report.artifact
    if artifact is None:
        return ""
    opset = artifact.opsets.get("ai.onnx")
    facts = [str(output), *([f"opset {opset}"] if opset else []), plural(artifact.nodes, "node")]
    before = f" (was {bytes_text(report.source.file_bytes)})" if report.source is not None else ""
    size = bytes_text(sum(file.bytes for file in report.files)) + before
    return ", ".join([*facts, plural(artifact.parameters, "parameter"), size])


def _planned(report: Report, output: Path) -> str:
    """The folder of the plan and its files."""
    folder = output.parent / Path(report.files[0].path).parent
    names = [str(Path(file.path).relative_to(folder.name)) for file in report.files]
    more = [f"and {len(names) - _PLANNED} more"] if len(names) > _PLANNED else []
    return f"{folder}\n{', '.join([*names[:_PLANNED], *more])}"


def _remarks(diagnostics: Sequence[Diagnostic], *, verbose: int) -> list[tuple[Text, Text]]:
    from rich.text import Text

    shown = [item for item in diagnostics if verbose or item.level is not Level.INFO or item.stage == "repeat"]
    limit = len(shown) if verbose else 6
    rows = [
        (
            Text(item.level.value, _LEVEL_STYLES[item.level]),
            Text(item.message + (f" ({item.hint})" if item.hint else "")),
        )
        for item in shown[:limit]
    ]
    if len(shown) > limit:
        rows.append((Text(""), Text(f"and {plural(len(shown) - limit, 'remark')} more, shown by -v", "dim")))
    return rows


def _comparisons(verification: Verification, *, verbose: int) -> Table:
    from rich.text import Text

    numbers = ("max abs", "max rel", "cosine", "outside")
    found = table("output", "shape", *numbers, right=numbers)
    worst_first = sorted(verification.outputs, key=lambda item: (item.passed, -item.max_rel))
    shown = verification.outputs if verbose or len(worst_first) <= 8 else worst_first[:8]
    for item in shown:
        found.add_row(
            Text(item.name),
            Text("x".join(str(size) for size in item.shape) or "scalar"),
            error_text(item.max_abs),
            error_text(item.max_rel),
            "-" if item.cosine is None else f"{item.cosine:.6f}",
            Text(f"{item.mismatches:,}", "" if item.passed else "red"),
        )
    if len(shown) < len(worst_first):
        found.caption = f"the worst {len(shown)} of {len(worst_first)}; -v shows all"
    return found


def _verdict(report: Report, stored: Path) -> Text:
    from rich.text import Text

    seconds = sum(step.seconds for step in report.steps)
    text = Text.assemble((str(report.status), _STYLES[report.status]), f"  {_reason(report)}\n")
    latency = report.verification.latency_ms if report.verification is not None else None
    facts = [seconds_text(seconds), f"peak memory {bytes_text(report.peak_memory_bytes)}"]
    if latency is not None:
        facts.append(f"the result runs in {latency:.1f} ms")
    text.append(f"{', '.join(facts)}; report in {stored}", "dim")
    return text


def _reason(report: Report) -> str:
    verification = report.verification
    if verification is None:
        return report.error["message"] if report.error is not None else ""
    if report.status is Status.VERIFIED and verification.cosine is not None:
        return f"the cosine of every output with {verification.method} is at least {verification.cosine:g}"
    if report.status is Status.VERIFIED:
        return (
            f"every output matches {verification.method} within rtol {verification.rtol:g}, atol {verification.atol:g}"
        )
    return verification.reason
