"""Charts of the report as SVG, drawn with the page's colours, readable by keyboard and by screen readers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from modelwright.pages import text
from modelwright.quantize.report.found import SNR_LIMIT, Error, Histogram, TensorRow

_WIDTH: Final = 960
_HEIGHT: Final = 260
_LEFT: Final = 46
_BOTTOM: Final = 24
_TOP: Final = 10
_BEST: Final = 60.0
_MANY: Final = 400


def decibels(error: Error) -> float:
    """Signal over noise in decibels, from 0 to 60 for drawing; more is better."""
    if error.snr <= 0:
        return _BEST
    return max(0.0, min(_BEST, -10 * math.log10(error.snr))) if math.isfinite(error.snr) else 0.0


def error_chart(rows: Sequence[TensorRow]) -> str:
    """The cumulative error from the first tensor to the last as a line, each layer's own as a bar.

    Args:
        rows: Tensors in graph order.
    """
    if not rows:
        return ""
    step = (_WIDTH - _LEFT - 8) / len(rows)
    parts = [*_scale(), *_bars(rows, step), _line(rows, step), *_points(rows, step)]
    label = "Signal over noise of each tensor, from the input to the output, in decibels"
    return (
        f'<div class="scroll" tabindex="0"><svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg></div>'
    )


def _scale() -> Iterator[str]:
    for level in range(0, int(_BEST) + 1, 10):
        y = _y(level)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{level}{" dB" if level == _BEST else ""}</text>'
    limit = _y(-10 * math.log10(SNR_LIMIT))
    yield f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{limit:.1f}" y2="{limit:.1f}"/>'
    yield f'<text x="{_LEFT}" y="{_HEIGHT - 6}">input</text>'
    yield f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 6}" text-anchor="end">output</text>'


def _bars(rows: Sequence[TensorRow], step: float) -> Iterator[str]:
    for place, row in enumerate(rows):
        if row.alone is not None:
            x, width = _LEFT + (place + 0.15) * step, max(0.6, step * 0.7)
            height = _y(decibels(row.alone)) - _TOP
            yield f'<rect class="alone" x="{x:.1f}" y="{_TOP}" width="{width:.1f}" height="{height:.1f}"/>'


def _line(rows: Sequence[TensorRow], step: float) -> str:
    points = " ".join(
        f"{_LEFT + (place + 0.5) * step:.1f},{_y(decibels(row.error)):.1f}" for place, row in enumerate(rows)
    )
    return f'<polyline class="cumulative" points="{points}"/>'


def _points(rows: Sequence[TensorRow], step: float) -> Iterator[str]:
    """Points that say what they are, and lead to the tensor's line in the table."""
    for place, row in enumerate(rows):
        if len(rows) > _MANY and not row.error.bad:
            continue
        x, y = _LEFT + (place + 0.5) * step, _y(decibels(row.error))
        own = f", its layer alone {decibels(row.alone):.1f} dB" if row.alone is not None else ""
        said = f"{row.var}: {decibels(row.error):.1f} dB, cosine {row.error.cosine:.5f}{own}"
        radius = min(3.5, max(1.5, step / 2))
        mark = "point bad" if row.error.bad else "point"
        yield (
            f'<a href="#t{place}"><circle class="{mark}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{text(said)}</title></circle></a>"
        )


def _y(level: float) -> float:
    return _TOP + (1 - level / _BEST) * (_HEIGHT - _TOP - _BOTTOM)


def histogram_chart(row: TensorRow) -> str:
    """The float model's numbers as an area, the quantized model's as a line over it, on a logarithmic scale."""
    floating, quantized = _heights(row.histogram), _heights(row.histogram_quantized)
    if not floating:
        return ""
    bins = len(floating)
    area = " ".join(f"{place},{40 - height:.1f} {place + 1},{40 - height:.1f}" for place, height in enumerate(floating))
    line = " ".join(
        f"{place},{40 - height:.1f} {place + 1},{40 - height:.1f}" for place, height in enumerate(quantized)
    )
    return (
        f'<svg class="hist" viewBox="0 0 {bins} 42" preserveAspectRatio="none" role="img" '
        f'aria-label="numbers of {text(row.var)}, float and quantized">'
        f'<polygon class="float" points="0,40 {area} {bins},40"/><polyline class="quant" points="{line}"/></svg>'
        f'<div class="ends"><span>{row.histogram.low:.4g}</span><span>{row.histogram.high:.4g}</span></div>'
    )


def _heights(histogram: Histogram) -> list[float]:
    most = max(histogram.counts, default=0)
    if not most:
        return []
    return [38 * math.log1p(count) / math.log1p(most) for count in histogram.counts]


def bar(error: Error) -> str:
    """A bar as long as the error is large: full at 0 dB, empty at 60 dB."""
    share = 100 * (1 - decibels(error) / _BEST)
    mark = "meter bad" if error.bad else "meter"
    return f'<span class="{mark}"><span style="width:{share:.1f}%"></span></span>'
