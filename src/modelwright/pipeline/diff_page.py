"""A comparison of two models as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from modelwright.diagnostics import ModelSummary, OutputComparison
from modelwright.verify.diff.findings import (
    Change,
    GraphDiff,
    ModelDiff,
    NodeChange,
    NumericsDiff,
    WeightChange,
    WeightsDiff,
)

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --good: #1a7f37; --bad: #c9252d; --odd: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --dim: #999; --good: #4ac26b; --bad: #ff7b72; --odd: #d4a72c; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.verdict { border-left: .35rem solid; padding: .4rem .9rem; margin: 1rem 0; }
.same { border-color: var(--good); } .different { border-color: var(--bad); }
.same b { color: var(--good); } .different b { color: var(--bad); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 50%; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 500; } td:first-child { white-space: nowrap; }
td code { white-space: normal; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.added { color: var(--good); } .removed { color: var(--bad); } .changed, .off { color: var(--odd); }
.bad { color: var(--bad); font-weight: 600; } .dim { color: var(--dim); }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; } ul { margin: .1rem 0; padding-left: 1.1rem; }
details summary { cursor: pointer; color: var(--dim); margin: .3rem 0; }
"""

_ORDER = (Change.CHANGED, Change.REMOVED, Change.ADDED, Change.RENAMED)


def diff_page(found: ModelDiff) -> str:
    """The page; every name in it is escaped.

    Args:
        found: The comparison.
    """
    body = [
        "<h1>Model comparison</h1>",
        _verdict(found),
        _summary(found),
        _graph(found.graph) if found.graph is not None else "",
        _weights(found.weights) if found.weights is not None else "",
        _numerics(found.numerics, found) if found.numerics is not None else "",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(found.a)} and {_text(found.b)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)


def _code(value: object) -> str:
    return f"<code>{_text(value)}</code>" if str(value) else '<span class="dim">none</span>'


def _verdict(found: ModelDiff) -> str:
    word = "same" if found.same else "different"
    items = "".join(f"<li>{_text(item)}</li>" for item in found.differs)
    ignored = f'<p class="dim">Not counted: {_text(", ".join(found.ignored))}</p>' if found.ignored else ""
    return f'<div class="verdict {word}"><b>{word}</b><ul>{items}</ul>{ignored}</div>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """A table of cells that are HTML already; the last ``numbers`` columns are aligned to the right."""
    first = len(heads) - numbers
    marks = ["" if index < first else ' class="n"' for index in range(len(heads))]
    head = "".join(f"<th{mark}>{_text(text)}</th>" for mark, text in zip(marks, heads, strict=True))
    lines = (
        "<tr>" + "".join(f"<td{mark}>{cell}</td>" for mark, cell in zip(marks, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _summary(found: ModelDiff) -> str:
    a, b = found.summary_a, found.summary_b
    rows = [("path", found.a, found.b), *_facts(a, b)]
    cells = [
        (
            _text(label),
            _code(first),
            _code(second) if first == second else f'<span class="changed">{_code(second)}</span>',
        )
        for label, first, second in rows
    ]
    return _table(("", "A", "B"), cells)


def _facts(a: ModelSummary, b: ModelSummary) -> Iterator[tuple[str, str, str]]:
    yield "format", a.format, b.format
    yield "file bytes", f"{a.file_bytes:,}", f"{b.file_bytes:,}"
    yield "weight bytes", f"{a.weight_bytes:,}", f"{b.weight_bytes:,}"
    yield "parameters", f"{a.parameters:,}", f"{b.parameters:,}"
    yield "nodes", f"{a.nodes:,}", f"{b.nodes:,}"
    opsets = [", ".join(f"{domain} {version}" for domain, version in item.opsets.items()) for item in (a, b)]
    yield "opset", opsets[0], opsets[1]
    for label, first, second in (("inputs", a.inputs, b.inputs), ("outputs", a.outputs, b.outputs)):
        yield label, "; ".join(map(str, first)), "; ".join(map(str, second))


def _graph(graph: GraphDiff) -> str:
    counts = ", ".join(
        f"{count} {change.value}" for change in _ORDER if (count := sum(n.change is change for n in graph.nodes))
    )
    parts = [f"<h2>Graph</h2><p>{graph.matched:,} nodes matched{', ' + counts if counts else ''}.</p>"]
    if graph.operators:
        rows = [(_code(name), f"{a:,}", f"{b:,}", f"{b - a:+,}") for name, (a, b) in graph.operators.items()]
        parts.append(_table(("operator", "A", "B", "change"), rows, numbers=3))
    if graph.properties:
        cells = [(_text(item.what), _code(item.a), _code(item.b)) for item in graph.properties]
        parts.append(
            _folded(
                "inputs, outputs, opsets, metadata, declared types", _table(("property", "A", "B"), cells), len(cells)
            )
        )
    for change in _ORDER:
        nodes = [node for node in graph.nodes if node.change is change]
        if nodes:
            table = _table(("operator", "A", "B", "what changed"), [_node_row(node) for node in nodes])
            parts.append(_folded(f"{len(nodes)} {change.value}", table, len(nodes), css=change.value))
    return "\n".join(parts)


def _folded(title: str, content: str, rows: int, *, css: str = "") -> str:
    is_open = " open" if rows <= 200 else ""
    return f'<details{is_open}><summary class="{css}">{_text(title)}</summary>{content}</details>'


def _node_row(node: NodeChange) -> tuple[str, str, str, str]:
    details = "".join(f"<li>{_text(item.what)}: {_code(item.a)} &rarr; {_code(item.b)}</li>" for item in node.details)
    names = [_code(f"{node.inside}{name}") if name else _code("") for name in (node.a, node.b)]
    return _code(node.op_type), names[0], names[1], f"<ul>{details}</ul>" if details else ""


def _weights(weights: WeightsDiff) -> str:
    title = f"<h2>Weights</h2><p>{weights.equal:,} equal, {len(weights.changes):,} unlike.</p>"
    if not weights.changes:
        return title
    heads = ("", "A", "B", "type", "used by", "unequal", "max abs", "max rel", "cosine")
    table = _table(heads, [_weight_row(item) for item in weights.changes], numbers=4)
    return title + _folded("weights", table, len(weights.changes))


def _weight_row(item: WeightChange) -> tuple[str, ...]:
    kind = item.type_a or item.type_b
    if item.type_a and item.type_b and item.type_a != item.type_b:
        kind = f"{item.type_a} -> {item.type_b}"
    turned = f", transposed {list(item.perm)}" if item.perm is not None else ""
    unequal = "-" if item.unequal is None else f"{item.unequal:,}"
    word = f'<span class="{item.change.value}">{item.change.value}</span>'
    return word, _code(item.a), _code(item.b), _text(kind + turned), _code(item.used_by), unequal, *_errors(item)


def _errors(item: WeightChange | OutputComparison) -> tuple[str, str, str]:
    if item.max_abs is None or item.max_rel is None:
        return "-", "-", "-"
    cosine = "-" if item.cosine is None else f"{item.cosine:.6f}"
    return f"{item.max_abs:.3g}", f"{item.max_rel:.3g}", cosine


def _numerics(numerics: NumericsDiff, found: ModelDiff) -> str:
    if numerics.reason:
        return f"<h2>Outputs</h2><p class='off'>Not compared: {_text(numerics.reason)}</p>"
    how = f"{numerics.method}; {numerics.runner}; rtol {found.rtol:g}, atol {found.atol:g}"
    rows: list[tuple[str, ...]] = []
    for item in numerics.outputs:
        name = _code(item.name)
        if item.name in numerics.renamed:
            name = f"{_code(numerics.renamed[item.name])} &rarr; {name}"
        if item.name in numerics.transposed:
            name += f" transposed {list(numerics.transposed[item.name])}"
        outside = f"{item.mismatches:,}" if item.passed else f'<span class="bad">{item.mismatches:,}</span>'
        rows.append((name, _text(f"{item.dtype}{list(item.shape)}"), *_errors(item), outside))
    alone = f"<p>Outputs of one model only: {_text(', '.join(numerics.unmatched))}</p>" if numerics.unmatched else ""
    table = _table(("output", "type", "max abs", "max rel", "cosine", "outside"), rows, numbers=4)
    return f"<h2>Outputs</h2><p>{_text(how)}</p>{table}{alone}"
