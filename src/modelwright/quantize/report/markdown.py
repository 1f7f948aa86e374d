"""``<prefix>_report.md``: one line a tensor, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.quantize.report.found import COSINE_LIMIT, SNR_LIMIT, Histogram, QuantizationReport, TensorRow

_COLUMNS: Final = ("Op", "Var", "SNR", "MSE", "Cosine", "Q.MinMax", "F.MinMax", "F.Hist")
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_BARS: Final = 16


def report_markdown(report: QuantizationReport) -> str:
    """The page; the same report gives the same text, for it names no times.

    Args:
        report: What to say.
    """
    return "\n".join([*_head(report), *_table(report), *_floats(report), *_findings(report), *_advice(report)]) + "\n"


def _head(report: QuantizationReport) -> Iterator[str]:
    marked = sum(row.error.bad for row in report.tensors)
    yield f"# Quantization of {_text(report.model)}"
    yield ""
    yield f"{'; '.join(_text(item) for item in report.method)}." if report.method else ""
    yield ""
    yield (
        f"{len(report.tensors)} tensors measured on {report.samples} batch{'es' if report.samples != 1 else ''}, the "
        f"worst first; {marked} marked **!**: SNR (noise over signal) above {SNR_LIMIT:g} or cosine under "
        f"{COSINE_LIMIT:g}."
    )
    yield ""


def _table(report: QuantizationReport) -> Iterator[str]:
    yield f"| | {' | '.join(_COLUMNS)} |"
    yield f"|---|{'---|' * len(_COLUMNS)}"
    for row in report.ranked():
        yield f"| {'**!**' if row.error.bad else ''} | {' | '.join(_cells(row))} |"


def _cells(row: TensorRow) -> tuple[str, ...]:
    kind = f"{_text(row.op)} ({row.op_type})" if row.op_type != "Input" else "Input"
    return (
        kind,
        _text(row.var),
        f"{row.error.snr:.5f}",
        f"{row.error.mse:.4g}",
        f"{row.error.cosine:.5f}",
        _bounds(row.quantized),
        _bounds(row.floating),
        spark(row.histogram),
    )


def _bounds(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.4g}, {pair[1]:.4g}"


def spark(histogram: Histogram) -> str:
    """A histogram as a line of blocks; heights are on a logarithmic scale, so that tails can be seen."""
    size = max(1, len(histogram.counts) // _BARS)
    sums = [sum(histogram.counts[at : at + size]) for at in range(0, len(histogram.counts), size)]
    most = max(sums, default=0)
    if not most:
        return ""
    levels = [0 if not item else 1 + round((len(_BLOCKS) - 2) * item.bit_length() / most.bit_length()) for item in sums]
    return "".join(_BLOCKS[level] for level in levels)


def _floats(report: QuantizationReport) -> Iterator[str]:
    if report.floats:
        yield ""
        yield f"## {len(report.floats)} nodes that stayed float"
        yield ""
        yield "| Op | Reason |"
        yield "|---|---|"
        yield from (f"| {_text(name)} | {_text(reason)} |" for name, reason in report.floats)


def _findings(report: QuantizationReport) -> Iterator[str]:
    if report.findings:
        yield ""
        yield "## What the doctor found"
        for item in report.findings:
            yield ""
            yield f"**{item.level.value} {item.code}**: {_text(item.message)} ({_text('; '.join(item.evidence))})."
            yield f"{_text(item.explanation)}. Remedy: {_text(item.remedy)}."


def _advice(report: QuantizationReport) -> Iterator[str]:
    if report.advice:
        yield ""
        yield "## What to do next"
        for item in report.advice:
            yield ""
            yield f"- {_text(item.text)}"
            if item.command:
                yield ""
                yield f"      {item.command}"


def _text(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
