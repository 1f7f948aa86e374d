"""``<name>_report.md``, ``.html`` and ``.json`` beside a quantized model."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modelwright.hub.io_atomic import output_errors
from modelwright.pipeline.quantize_request import NAMES, flags_of
from modelwright.pipeline.recipe import Recipe
from modelwright.pipeline.workspace import Workspace
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.report.advice import advice
from modelwright.quantize.report.compare import both_models, compare
from modelwright.quantize.report.data import SUFFIX, report_measures
from modelwright.quantize.report.found import Before, QuantizationReport
from modelwright.quantize.report.latency import latency
from modelwright.quantize.report.markdown import report_markdown
from modelwright.quantize.report.page import report_page
from modelwright.quantize.report.sizes import weight_bytes
from modelwright.quantize.settings import QuantizeSettings

if TYPE_CHECKING:
    import onnx_ir as ir

    from modelwright.quantize.steps import Quantized

_LARGE: Final = 512e6
"""Bytes of float weights up to which a report is written unasked: the comparison holds both models' weights."""


def report_paths(output: Path) -> tuple[Path, Path]:
    """Where the reports go: ``model.q_report.md`` and ``model.q_report.html`` for ``model.q.onnx``."""
    stem = output.with_suffix("").name
    return output.with_name(f"{stem}_report.md"), output.with_name(f"{stem}_report.html")


def data_path(output: Path) -> Path:
    """Where what was measured goes as data: ``model.q_report.json``."""
    return output.with_name(output.with_suffix("").name + SUFFIX)


def wanted(recipe: Recipe, result: Quantized, feeds: Feeds) -> bool:
    """Whether a report is written, if none is refused: as the recipe says, else for models that are not large."""
    asked = recipe.quantize.report
    if not len(feeds) or result.floating is None or not result.placement.tensors:
        return False
    return bool(asked) or (weight_bytes(result.floating, result.floating).before or 0.0) <= _LARGE


def write_reports(
    recipe: Recipe,
    model: ir.Model,
    result: Quantized,
    settings: QuantizeSettings,
    feeds: Feeds,
    findings: Sequence[Finding],
    *,
    workspace: Workspace,
) -> tuple[str, ...]:
    """Compares both models and writes what is found.

    Args:
        recipe: The settled recipe.
        model: The quantized model.
        result: What quantization did.
        settings: How.
        feeds: The data.
        findings: What the doctor found and left.
        workspace: Where files of the run go.

    Returns:
        Phrases for the run's report.
    """
    report = _report(recipe, model, result, settings, feeds, findings)
    output = Path(recipe.output.path)
    texts = (report_markdown(report), report_page(report), json.dumps(report_measures(report), separators=(",", ":")))
    for path, text in zip((*report_paths(output), data_path(output)), texts, strict=True):
        with output_errors(path):
            workspace.stage(path).write_text(text, encoding="utf-8")
    worst = max((row.error.snr for row in report.outputs()), default=0.0)
    marked = sum(row.error.bad for row in report.tensors)
    names = " and ".join(path.name for path in report_paths(output))
    return (
        f"worst output SNR (noise over signal) {worst:.2g}, {marked} of {len(report.tensors)} tensors marked",
        names,
    )


def _report(
    recipe: Recipe,
    model: ir.Model,
    result: Quantized,
    settings: QuantizeSettings,
    feeds: Feeds,
    findings: Sequence[Finding],
) -> QuantizationReport:
    floating = result.floating if result.floating is not None else model
    first = next(iter(feeds), None)
    with both_models(floating, model) as both:
        rows, samples = compare(both, feeds)
        times = latency(both, first) if first is not None else Before(before=None, after=None)
    return QuantizationReport(
        model=Path(recipe.source.path).name,
        samples=samples,
        method=_method(settings, result),
        tensors=rows,
        floats=result.placement.floats,
        nodes=len(floating.graph),
        bytes=weight_bytes(floating, model),
        milliseconds=times,
        findings=tuple(findings),
        advice=advice(rows, findings, settings, command=command(recipe), flags=set(NAMES)),
    )


def _method(settings: QuantizeSettings, result: Quantized) -> tuple[str, ...]:
    return (
        f"{settings.precision.value} by the rules of {settings.target}",
        f"ranges by {settings.method.value}",
        *result.phrases,
    )


def command(recipe: Recipe) -> str:
    """The command that quantizes so, as far as flags say it; settings of a calibration file stay in that file."""
    section = recipe.quantize
    words = ["modelwright", "quantize", recipe.source.path]
    words += flags_of(section) if section.search else ["-c", "CALIBRATION_FILE"]
    return shlex.join([*words, "-o", recipe.output.path])
