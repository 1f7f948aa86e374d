"""A comparison of two models as text: sizes, graph, weights, outputs, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelwright.cli.output import table
from modelwright.cli.quantities import bytes_text, error_text, plural
from modelwright.diagnostics import ModelSummary, OutputComparison
from modelwright.verify.diff.findings import (
    Change,
    Detail,
    GraphDiff,
    ModelDiff,
    NodeChange,
    NumericsDiff,
    WeightChange,
    WeightsDiff,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_MANY = 12
_SIGNS = {Change.ADDED: ("+", "green"), Change.REMOVED: ("-", "red"), Change.CHANGED: ("~", "yellow")}
_RENAMED = ("=", "cyan")


def show_diff(found: ModelDiff, console: Console, *, verbose: int = 0) -> None:
    """Prints a comparison; long lists are cut unless ``verbose``."""
    limit = 1_000_000 if verbose else _MANY
    console.print(_models(found))
    if found.graph is not None:
        _graph(found.graph, console, limit)
    if found.weights is not None:
        _weights(found.weights, console, limit)
    if found.numerics is not None:
        _numerics(found.numerics, console, limit)
    console.print()
    console.print(_verdict(found))


def _models(found: ModelDiff) -> Table:
    from rich.text import Text

    shown = table("", "A", "B")
    a, b = found.summary_a, found.summary_b
    rows = [("path", found.a, found.b), ("format", a.format, b.format), ("size", _size(a), _size(b))]
    rows += [("nodes", f"{a.nodes:,}", f"{b.nodes:,}"), ("parameters", f"{a.parameters:,}", f"{b.parameters:,}")]
    opsets = [", ".join(f"{domain} {version}" for domain, version in item.opsets.items()) for item in (a, b)]
    if any(opsets):
        rows.append(("opset", opsets[0], opsets[1]))
    for label, first, second in rows:
        style = "" if first == second or label == "path" else "yellow"
        shown.add_row(Text(label, "bold"), Text(first, style), Text(second, style))
    return shown


def _size(summary: ModelSummary) -> str:
    return f"{bytes_text(summary.file_bytes)}, weights {bytes_text(summary.weight_bytes)}"


def _heading(console: Console, title: str, text: str) -> None:
    from rich.text import Text

    console.print()
    console.print(Text.assemble((title, "bold"), f"  {text}"))


def _graph(graph: GraphDiff, console: Console, limit: int) -> None:
    from rich.text import Text

    counts = [f"{sum(node.change is change for node in graph.nodes)} {change.value}" for change in Change]
    unlike = [text for text in counts if not text.startswith("0 ")]
    _heading(console, "graph", f"{plural(graph.matched, 'node')} matched" + "".join(f", {text}" for text in unlike))
    if graph.operators:
        shown = [f"{name} {before} -> {after}" for name, (before, after) in graph.operators.items()]
        console.print(Text("  operators: " + ", ".join(shown)))
    for item in graph.properties[:limit]:
        console.print(Text(f"  {item.what}: {item.a or '(none)'} -> {item.b or '(none)'}"))
    _rest(console, len(graph.properties) - limit, "property")
    order = [Change.CHANGED, Change.REMOVED, Change.ADDED, Change.RENAMED]
    nodes = sorted(graph.nodes, key=lambda node: order.index(node.change))
    for node in nodes[:limit]:
        console.print(_node(node))
    _rest(console, len(nodes) - limit, "node")


def _rest(console: Console, count: int, noun: str) -> None:
    if count > 0:
        console.print(
            f"  and {plural(count, noun) if noun != 'property' else f'{count} more properties'} (-v)", style="dim"
        )


def _node(node: NodeChange) -> Text:
    from rich.text import Text

    sign, style = _SIGNS.get(node.change, _RENAMED)
    name = node.a if node.a == node.b or not node.b else node.b if not node.a else f"{node.a} -> {node.b}"
    text = Text.assemble("  ", (sign, style), f" {node.op_type} {node.inside}{name}")
    for detail in node.details:
        text.append(f"\n      {detail_text(detail)}")
    return text


def detail_text(detail: Detail) -> str:
    """``alpha: 0.5 -> 1``."""
    return f"{detail.what}: {detail.a or '(none)'} -> {detail.b or '(none)'}"


def _weights(weights: WeightsDiff, console: Console, limit: int) -> None:
    from rich.text import Text

    _heading(console, "weights", f"{weights.equal:,} equal, {len(weights.changes):,} unlike")
    if not weights.changes:
        return
    shown = table("", "weight", "type", "max abs", "max rel", "cosine", right=("max abs", "max rel", "cosine"))
    for item in weights.changes[:limit]:
        sign, style = _SIGNS.get(item.change, _RENAMED)
        name = item.a if item.a == item.b or not item.b else item.b if not item.a else f"{item.a} -> {item.b}"
        shown.add_row(Text(sign, style), Text(name), Text(weight_type(item)), *errors_text(item))
    console.print(shown)
    _rest(console, len(weights.changes) - limit, "weight")


def weight_type(item: WeightChange) -> str:
    """Dtype and shape, on both sides if they differ."""
    text = item.type_a or item.type_b
    if item.type_a and item.type_b and item.type_a != item.type_b:
        text = f"{item.type_a} -> {item.type_b}"
    return text + (f", transposed {list(item.perm)}" if item.perm is not None else "")


def errors_text(item: WeightChange | OutputComparison) -> tuple[str, str, str]:
    """Largest absolute and relative error and cosine."""
    if item.max_abs is None or item.max_rel is None:
        return "-", "-", "-"
    return error_text(item.max_abs), error_text(item.max_rel), "-" if item.cosine is None else f"{item.cosine:.6f}"


def _numerics(numerics: NumericsDiff, console: Console, limit: int) -> None:
    from rich.text import Text

    what = numerics.reason or f"{numerics.method}, {numerics.runner}"
    _heading(console, "outputs", what)
    if not numerics.outputs:
        return
    numbers = ("max abs", "max rel", "cosine", "outside")
    shown = table("output", "shape", *numbers, right=numbers)
    for item in numerics.outputs[:limit]:
        name = f"{numerics.renamed[item.name]} -> {item.name}" if item.name in numerics.renamed else item.name
        if item.name in numerics.transposed:
            name += f" (transposed {list(numerics.transposed[item.name])})"
        shape = "x".join(str(size) for size in item.shape) or "scalar"
        outside = Text(f"{item.mismatches:,}", "" if item.passed else "red")
        shown.add_row(Text(name), Text(shape), *errors_text(item), outside)
    console.print(shown)
    _rest(console, len(numerics.outputs) - limit, "output")


def _verdict(found: ModelDiff) -> Text:
    from rich.text import Text

    looked = [
        name
        for name, part in (("graph", found.graph), ("weights", found.weights), ("outputs", found.numerics))
        if part is not None
    ]
    ran = found.numerics is not None and not found.numerics.reason
    if found.numerics is not None and not ran:
        looked.remove("outputs")
    if found.same:
        besides = f"; not counted: {', '.join(found.ignored)}" if found.ignored else ""
        tolerance = f" within rtol {found.rtol:g}, atol {found.atol:g}" if ran else ""
        besides += "; the outputs could not be compared" if found.numerics is not None and not ran else ""
        return Text.assemble(("same", "bold green"), f"  {', '.join(looked)} agree{tolerance}{besides}")
    return Text.assemble(("different", "bold red"), f"  {'; '.join(found.differs)}")
