"""The result of a verification as text: the outputs, the layer where the models part, and what the search took."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from modelwright.cli.diff_view import detail_text, errors_text, weight_type
from modelwright.cli.layers_view import layers_table
from modelwright.cli.output import table
from modelwright.cli.quantities import bytes_text, error_text, plural
from modelwright.diagnostics import Status
from modelwright.verify.diff.findings import Change
from modelwright.verify.locate.findings import Divergence, Localisation, TensorFinding
from modelwright.verify.locate.layers import comparisons

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_MANY = 8
_FEW = 3
_STYLES = {Status.VERIFIED: "bold green", Status.UNVERIFIED: "bold yellow", Status.FAILED: "bold red"}


def show_localisation(found: Localisation, console: Console, *, verbose: int = 0) -> None:
    """Prints a result; long lists are cut unless ``verbose``."""
    from rich.text import Text

    limit = 1_000_000 if verbose else _MANY
    if found.outputs:
        console.print(_outputs(found, limit))
        console.print()
    if found.divergence is not None:
        console.print(_divergence(found.divergence, limit))
        console.print()
        console.print(_tensors(found.divergence, limit))
        console.print()
    if found.layers:
        console.print(layers_table(comparisons(found), verbose=verbose))
        console.print()
    for remark in found.remarks:
        console.print(Text.assemble(("notice  ", "cyan"), remark))
    console.print(_verdict(found))
    console.print(Text(_took(found), "dim"))


def _outputs(found: Localisation, limit: int) -> Table:
    from rich.text import Text

    numbers = ("max abs", "max rel", "cosine", "outside")
    shown = table("output", "shape", *numbers, right=numbers)
    for item in found.outputs[:limit]:
        shape = "x".join(str(size) for size in item.shape) or "scalar"
        outside = Text(f"{item.mismatches:,}", "" if item.passed else "red")
        shown.add_row(Text(item.name), Text(shape), *errors_text(item), outside)
    return shown


def _divergence(found: Divergence, limit: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    if found.certain:
        grid.add_row("first", Text.assemble((found.layer, "bold red"), f"  ({found.op_type})"))
    else:
        grid.add_row("grows from", Text.assemble((found.layer, "bold yellow"), f"  ({found.op_type})"))
    if len(found.source_nodes) > 1:
        grid.add_row("covers", Text(_listed(found.source_nodes, limit)))
    if found.model_nodes and found.model_nodes != found.source_nodes:
        grid.add_row("in the model", Text(_listed(found.model_nodes, limit)))
    for line in _differences(found)[:limit]:
        grid.add_row("differs", Text(line))
    if found.own_error is not None:
        grid.add_row("by itself", Text(f"given the source's inputs, it is off by {_relative(found.own_error)}"))
    return grid


def _listed(names: tuple[str, ...], limit: int) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _differences(found: Divergence) -> list[str]:
    lines: list[str] = []
    alone = [node for node in found.nodes if node.change is not Change.CHANGED]
    for node in found.nodes:
        lines += [f"{node.op_type} {node.inside}{node.a}: {detail_text(item)}" for item in node.details]
    if len(alone) <= _FEW:
        lines += [f"{node.op_type} {node.inside}{node.a or node.b} {_WORDS[node.change]}" for node in alone]
    else:
        counts = [sum(node.change is change for node in alone) for change in (Change.REMOVED, Change.ADDED)]
        lines.append(f"built otherwise: {counts[0]} of the source's nodes are {counts[1]} of the model's")
    for item in found.weights:
        name = item.a if item.a == item.b else f"{item.a or '(none)'} -> {item.b or '(none)'}"
        apart = (
            f", {item.unequal:,} unequal, by up to {error_text(item.max_abs)}" if item.unequal and item.max_abs else ""
        )
        lines.append(f"weight {name} {weight_type(item)}{apart}")
    return lines


_WORDS = {Change.REMOVED: "is in the source only", Change.ADDED: "is in the model only"}


def _relative(value: float) -> str:
    return f"{error_text(value)} of its scale" if math.isfinite(value) else "more than can be measured"


def _tensors(found: Divergence, limit: int) -> Table:
    from rich.text import Text

    numbers = ("max abs", "max rel", "unequal")
    shown = table("", "tensor", "shape", *numbers, right=numbers)
    for item in found.inputs[:limit]:
        shown.add_row(Text("in", "dim"), *_row(item))
    if not found.inputs:
        shown.add_row(Text("in", "dim"), Text("the model's inputs"), Text(""), "0", "0", "0")
    shown.add_row(Text("out", "red"), *_row(found.tensor))
    return shown


def _row(item: TensorFinding) -> tuple[Text, Text, str, str, str]:
    from rich.text import Text

    name = item.source if item.source == item.model else f"{item.source} ({item.model})"
    shapes = ["x".join(map(str, shape)) or "scalar" for shape in (item.measure.shape_source, item.measure.shape_model)]
    shape = shapes[0] if shapes[0] == shapes[1] else f"{shapes[0]} ({shapes[1]})"
    found = item.measure
    numbers = [error_text(value) if math.isfinite(value) else "inf" for value in (found.max_abs, found.max_rel)]
    return Text(name), Text(shape), numbers[0], numbers[1], f"{found.unequal:,}"


def _verdict(found: Localisation) -> Text:
    from rich.text import Text

    word = "differs" if found.status is Status.FAILED else str(found.status)
    text = found.reason
    if found.status is Status.VERIFIED:
        text = f"every output matches {found.method} within rtol {found.rtol:g}, atol {found.atol:g}"
    elif found.divergence is not None and not found.divergence.certain:
        text += "; no layer is wrong by itself: rounding errors grow on the way"
    return Text.assemble((word, _STYLES[found.status]), f"  {text}")


def _took(found: Localisation) -> str:
    search = found.search
    matched = ", ".join(f"{count} by {how}" for how, count in search.matched_by.items())
    facts = [f"{plural(search.tensors, 'tensor')} compared" + (f" ({matched})" if matched else "")]
    if search.runs_source:
        facts.append(f"{plural(search.runs_source, 'run')} of the source")
    facts.append(f"{plural(search.runs_model, 'run')} of the model")
    if search.replays:
        facts.append(f"{plural(search.replays, 'replay')} of single layers")
    if search.most_bytes:
        facts.append(f"at most {bytes_text(search.most_bytes)} of tensors at once")
    return ", ".join(facts)
