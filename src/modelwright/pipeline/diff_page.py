"""A comparison of two models as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import ModelSummary, OutputComparison
from modelwright.pages import code, document, folded, table, text
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
.verdict { border-left: .35rem solid; padding: .4rem .9rem; margin: 1rem 0; }
.same { border-color: var(--good); } .different { border-color: var(--bad); }
.same b { color: var(--good); } .different b { color: var(--bad); }
.added { color: var(--good); } .removed { color: var(--bad); } .changed, .off { color: var(--odd); }
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
    return document(f"{found.a} and {found.b}", body, style=_STYLE)


def _verdict(found: ModelDiff) -> str:
    word = "same" if found.same else "different"
    items = "".join(f"<li>{text(item)}</li>" for item in found.differs)
    ignored = f'<p class="dim">Not counted: {text(", ".join(found.ignored))}</p>' if found.ignored else ""
    return f'<div class="verdict {word}"><b>{word}</b><ul>{items}</ul>{ignored}</div>'


def _summary(found: ModelDiff) -> str:
    a, b = found.summary_a, found.summary_b
    rows = [("path", found.a, found.b), *_facts(a, b)]
    cells = [
        (
            text(label),
            code(first),
            code(second) if first == second else f'<span class="changed">{code(second)}</span>',
        )
        for label, first, second in rows
    ]
    return table(("", "A", "B"), cells)


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
        rows = [(code(name), f"{a:,}", f"{b:,}", f"{b - a:+,}") for name, (a, b) in graph.operators.items()]
        parts.append(table(("operator", "A", "B", "change"), rows, numbers=3))
    if graph.properties:
        cells = [(text(item.what), code(item.a), code(item.b)) for item in graph.properties]
        parts.append(
            folded(
                "inputs, outputs, opsets, metadata, declared types", table(("property", "A", "B"), cells), len(cells)
            )
        )
    for change in _ORDER:
        nodes = [node for node in graph.nodes if node.change is change]
        if nodes:
            listed = table(("operator", "A", "B", "what changed"), [_node_row(node) for node in nodes])
            parts.append(folded(f"{len(nodes)} {change.value}", listed, len(nodes), css=change.value))
    return "\n".join(parts)


def _node_row(node: NodeChange) -> tuple[str, str, str, str]:
    details = "".join(f"<li>{text(item.what)}: {code(item.a)} &rarr; {code(item.b)}</li>" for item in node.details)
    names = [code(f"{node.inside}{name}") if name else code("") for name in (node.a, node.b)]
    return code(node.op_type), names[0], names[1], f"<ul>{details}</ul>" if details else ""


def _weights(weights: WeightsDiff) -> str:
    title = f"<h2>Weights</h2><p>{weights.equal:,} equal, {len(weights.changes):,} unlike.</p>"
    if not weights.changes:
        return title
    heads = ("", "A", "B", "type", "used by", "unequal", "max abs", "max rel", "cosine")
    listed = table(heads, [_weight_row(item) for item in weights.changes], numbers=4)
    return title + folded("weights", listed, len(weights.changes))


def _weight_row(item: WeightChange) -> tuple[str, ...]:
    kind = item.type_a or item.type_b
    if item.type_a and item.type_b and item.type_a != item.type_b:
        kind = f"{item.type_a} -> {item.type_b}"
    turned = f", transposed {list(item.perm)}" if item.perm is not None else ""
    unequal = "-" if item.unequal is None else f"{item.unequal:,}"
    word = f'<span class="{item.change.value}">{item.change.value}</span>'
    return word, code(item.a), code(item.b), text(kind + turned), code(item.used_by), unequal, *_errors(item)


def _errors(item: WeightChange | OutputComparison) -> tuple[str, str, str]:
    if item.max_abs is None or item.max_rel is None:
        return "-", "-", "-"
    cosine = "-" if item.cosine is None else f"{item.cosine:.6f}"
    return f"{item.max_abs:.3g}", f"{item.max_rel:.3g}", cosine


def _numerics(numerics: NumericsDiff, found: ModelDiff) -> str:
    if numerics.reason:
        return f"<h2>Outputs</h2><p class='off'>Not compared: {text(numerics.reason)}</p>"
    how = f"{numerics.method}; {numerics.runner}; rtol {found.rtol:g}, atol {found.atol:g}"
    rows: list[tuple[str, ...]] = []
    for item in numerics.outputs:
        name = code(item.name)
        if item.name in numerics.renamed:
            name = f"{code(numerics.renamed[item.name])} &rarr; {name}"
        if item.name in numerics.transposed:
            name += f" transposed {list(numerics.transposed[item.name])}"
        outside = f"{item.mismatches:,}" if item.passed else f'<span class="bad">{item.mismatches:,}</span>'
        rows.append((name, text(f"{item.dtype}{list(item.shape)}"), *_errors(item), outside))
    alone = f"<p>Outputs of one model only: {text(', '.join(numerics.unmatched))}</p>" if numerics.unmatched else ""
    listed = table(("output", "type", "max abs", "max rel", "cosine", "outside"), rows, numbers=4)
    return f"<h2>Outputs</h2><p>{text(how)}</p>{listed}{alone}"
