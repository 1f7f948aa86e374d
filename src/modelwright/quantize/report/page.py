"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from modelwright.diagnostics import Level
from modelwright.pages import code, document, folded, table, text
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.report.charts import bar, decibels, error_chart, histogram_chart
from modelwright.quantize.report.found import COSINE_LIMIT, SNR_LIMIT, Advice, Before, QuantizationReport, TensorRow

_SHOWN: Final = 60

_STYLE: Final = """
:root { --float: #8aa4c8; --quant: #b3541e; --alone: #c9d3df; --card: #8881; --focus: #2f6fde; }
@media (prefers-color-scheme: dark) {
  :root { --float: #47618a; --quant: #f0a36b; --alone: #3a4654; --focus: #7fb0ff; } }
body { overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1rem 0; }
.card { background: var(--card); border-radius: .5rem; padding: .6rem .9rem; }
.card b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.chart { width: 100%; min-width: 40rem; height: auto; display: block; }
.chart text { font-size: 11px; fill: var(--dim); } .grid { stroke: var(--line); }
.limit { stroke: var(--bad); stroke-dasharray: 5 4; } .alone { fill: var(--alone); }
.cumulative { fill: none; stroke: var(--quant); stroke-width: 1.6; } .point { fill: var(--quant); }
.point.bad { fill: var(--bad); } .chart a:focus-visible .point { stroke: var(--focus); stroke-width: 3; }
.legend { color: var(--dim); display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .3rem 0; padding: 0; }
.legend i { display: inline-block; width: .9rem; height: .7rem; margin-right: .4rem; border-radius: 2px; }
.meter { display: inline-block; width: 9rem; height: .6rem; background: var(--card); border-radius: .3rem; }
.meter span { display: block; height: 100%; background: var(--quant); border-radius: .3rem; }
.meter.bad span { background: var(--bad); }
.row { border-bottom: 1px solid var(--line); } .row:target { background: var(--card); }
.row summary { display: grid; grid-template-columns: minmax(0, 1fr) 9.5rem 5.5rem 5rem; gap: .2rem .9rem;
  color: inherit; align-items: center; margin: 0; padding: .35rem .2rem; list-style: none; }
.row summary::before { content: none; } .row summary::-webkit-details-marker { display: none; }
.row .who { min-width: 0; } .row .who code { display: block; } .row .who span { color: var(--dim); font-size: .88em; }
.heads { display: grid; grid-template-columns: minmax(0, 1fr) 9.5rem 5.5rem 5rem; gap: 0 .9rem; padding: 0 .2rem; }
.inside { display: grid; grid-template-columns: minmax(0, 22rem) minmax(0, 1fr); gap: 1rem; padding: .2rem 0 .8rem; }
.hist { width: 100%; height: 7rem; background: var(--card); border-radius: .3rem; }
.hist .float { fill: var(--float); } .hist .quant { fill: none; stroke: var(--quant); vector-effect: non-scaling-stroke;
  stroke-width: 1.6; }
.ends { display: flex; justify-content: space-between; color: var(--dim); font-size: .85em; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 .9rem; margin: 0; }
dt { color: var(--dim); } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.finding { border-left: .3rem solid var(--odd); padding: .1rem .9rem; margin: .8rem 0; } .finding p { margin: .2rem 0; }
.finding.error { border-color: var(--bad); } .finding.notice, .finding.info { border-color: var(--line); }
pre { background: var(--card); border-radius: .4rem; padding: .5rem .8rem; margin: .3rem 0 .8rem; white-space: pre-wrap;
  overflow-wrap: anywhere; user-select: all; font: .92em ui-monospace, monospace; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
@media (max-width: 44rem) { body { margin: 1rem auto; } .inside { grid-template-columns: 1fr; }
  .row summary { grid-template-columns: 1fr auto auto; } .row .who { grid-column: 1 / -1; }
  .heads { display: none; } .meter { width: 100%; min-width: 5rem; } }
"""


def report_page(report: QuantizationReport) -> str:
    """The page; every name in it is escaped.

    Args:
        report: What to say.
    """
    numbered = {id(row): place for place, row in enumerate(report.tensors)}
    ranked = report.ranked()
    body = [
        f"<h1>Quantization of {text(report.model)}</h1>",
        f'<p class="dim">{text("; ".join(report.method))}</p>' if report.method else "",
        _cards(report),
        _advice(report.advice),
        _findings(report.findings),
        _through(report.tensors),
        _ranking(report, ranked, numbered),
        _floats(report),
    ]
    return document(f"Quantization of {report.model}", body, style=_STYLE)


def _cards(report: QuantizationReport) -> str:
    marked = sum(row.error.bad for row in report.tensors)
    outputs = report.outputs()
    worst = max(outputs, key=lambda row: row.error.snr) if outputs else None
    cards = [
        _card("worst output", *_worst(worst)) if worst is not None else "",
        _card(
            "tensors marked",
            f"{marked} of {len(report.tensors)}",
            f"SNR above {SNR_LIMIT:g} or cosine under {COSINE_LIMIT:g}",
        ),
        _card("size", *_size(report.bytes)),
        _card("one run", *_time(report.milliseconds)),
        _card("stayed float", f"{len(report.floats)} of {report.nodes} nodes", ""),
        _card("measured on", f"{report.samples} batch{'es' if report.samples != 1 else ''}", ""),
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _card(title: str, value: str, below: str) -> str:
    if not value:
        return ""
    return f'<div class="card"><span class="dim">{text(title)}</span><b>{text(value)}</b>{text(below)}</div>'


def _worst(row: TensorRow) -> tuple[str, str]:
    return f"{decibels(row.error):.1f} dB", f"cosine {row.error.cosine:.5f}, {row.var}"


def _size(size: Before) -> tuple[str, str]:
    if size.before is None or size.after is None:
        return "", ""
    ratio = f"{size.before / size.after:.2f} times smaller" if size.after else ""
    return f"{size.before / 1e6:.2f} to {size.after / 1e6:.2f} MB", ratio


def _time(time: Before) -> tuple[str, str]:
    if time.before is None or time.after is None:
        return "", ""
    ratio = time.before / time.after if time.after else 1.0
    said = f"{ratio:.2f} times faster" if ratio >= 1 else f"{1 / ratio:.2f} times slower"
    return f"{time.before:.2f} to {time.after:.2f} ms", f"{said}, in ONNX Runtime on this machine"


def _advice(advice: Sequence[Advice]) -> str:
    if not advice:
        return ""
    items = "".join(
        f"<li>{text(item.text)}" + (f'<pre tabindex="0">{text(item.command)}</pre>' if item.command else "") + "</li>"
        for item in advice
    )
    return f"<h2>What to do next</h2><ol>{items}</ol>"


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    return "<h2>What the doctor found</h2>" + "".join(_finding(item) for item in findings)


def _finding(item: Finding) -> str:
    mark = ' class="bad"' if item.level is Level.ERROR else ""
    evidence = "".join(f"<li>{text(fact)}</li>" for fact in item.evidence)
    return (
        f'<div class="finding {item.level.value}"><p><b{mark}>{text(item.message)}</b> '
        f'<span class="dim">{item.level.value} {text(item.code)}</span></p><ul>{evidence}</ul>'
        f"<p>{text(item.explanation)}.</p><p><b>Remedy:</b> {text(item.remedy)}.</p></div>"
    )


def _through(rows: Sequence[TensorRow]) -> str:
    if not rows:
        return ""
    return (
        "<h2>Error through the network</h2>"
        '<p class="legend"><span><i style="background:var(--quant)"></i>cumulative: all layers before quantized</span>'
        '<span><i style="background:var(--alone)"></i>down to here: the layer alone</span>'
        f'<span><i style="background:var(--bad)"></i>limit: SNR {SNR_LIMIT:g}</span>'
        "<span>signal over noise; higher is better</span></p>" + error_chart(rows)
    )


def _ranking(report: QuantizationReport, ranked: Sequence[TensorRow], numbered: dict[int, int]) -> str:
    if not ranked:
        return ""
    rows = [_row(row, numbered[id(row)], opened=place == 0) for place, row in enumerate(ranked[:_SHOWN])]
    rest = ranked[_SHOWN:]
    more = folded(f"{len(rest)} more", _rest(rest, numbered), len(rest)) if rest else ""
    head = '<p class="dim">The worst first; open one for its numbers, float (area) and quantized (line).</p>'
    head += (
        '<div class="heads dim"><span>tensor</span><span>error</span>'
        '<span class="n">signal/noise</span><span class="n">cosine</span></div>'
    )
    return f"<h2>{len(report.tensors)} tensors</h2>{head}{''.join(rows)}{more}"


def _row(row: TensorRow, place: int, *, opened: bool) -> str:
    mark = ' class="n bad"' if row.error.bad else ' class="n"'
    what = row.op_type if row.op == row.var or row.op_type == "Input" else f"{row.op_type} {row.op}"
    return (
        f'<details class="row" id="t{place}"{" open" if opened else ""}><summary>'
        f'<span class="who"><code>{text(row.var)}</code><span>{text(what)}</span></span>{bar(row.error)}'
        f"<span{mark}>{decibels(row.error):.1f} dB</span><span{mark}>{row.error.cosine:.5f}</span></summary>"
        f'<div class="inside"><div>{histogram_chart(row)}</div><dl>{"".join(_facts(row))}</dl></div></details>'
    )


def _facts(row: TensorRow) -> Iterator[str]:
    facts = [
        ("SNR (noise over signal)", f"{row.error.snr:.5g}"),
        ("MSE", f"{row.error.mse:.4g}"),
        ("cosine", f"{row.error.cosine:.6f}"),
        ("layer alone", "-" if row.alone is None else f"SNR {row.alone.snr:.5g}, cosine {row.alone.cosine:.6f}"),
        ("quantized to", row.dtype or "stays float"),
        ("Q.MinMax", f"{row.quantized[0]:.5g} to {row.quantized[1]:.5g}"),
        ("F.MinMax", f"{row.floating[0]:.5g} to {row.floating[1]:.5g}"),
        ("kind", row.kind.value),
    ]
    yield from (f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts)


def _rest(rows: Sequence[TensorRow], numbered: dict[int, int]) -> str:
    cells = [
        (
            f'<span id="t{numbered[id(row)]}">{code(row.var)}</span>',
            text(row.op_type),
            f"{row.error.snr:.5f}",
            f"{row.error.mse:.4g}",
            f"{row.error.cosine:.5f}",
        )
        for row in rows
    ]
    return table(("tensor", "op", "SNR", "MSE", "cosine"), cells, numbers=3)


def _floats(report: QuantizationReport) -> str:
    if not report.floats:
        return ""
    cells = [(code(name), text(reason)) for name, reason in report.floats]
    return "<h2>What stayed float</h2>" + folded(
        f"{len(report.floats)} nodes", table(("node", "reason"), cells), len(cells) + 180
    )
