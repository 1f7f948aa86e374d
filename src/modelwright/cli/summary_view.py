"""What a model holds, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelwright.cli.output import print_text
from modelwright.cli.quantities import bytes_text, plural
from modelwright.cli.tensor_text import tensor_lines
from modelwright.diagnostics import ModelSummary

_MANY_OPERATORS = 24
_MANY_TENSORS = 12
_WIDTH = 88


def show_summary(path: Path, summary: ModelSummary, *, everything: bool) -> None:
    """Prints a summary; long lists are cut unless ``everything`` is asked for."""
    print_text("\n".join(_lines(path, summary, everything=everything)))


def _lines(path: Path, summary: ModelSummary, *, everything: bool) -> Iterator[str]:
    yield f"{path}  {summary.format}"
    known = summary.weights_known
    of_which = f", of which weights {bytes_text(summary.weight_bytes)}" if known else ""
    yield f"  size        {bytes_text(summary.file_bytes)}{of_which}"
    if known:
        yield f"  parameters  {summary.parameters:,}"
    if summary.opsets:
        yield f"  opset       {', '.join(f'{domain} {version}' for domain, version in summary.opsets.items())}"
    for label, tensors in (("inputs", summary.inputs), ("outputs", summary.outputs)):
        lines = [line for tensor in tensors for line in tensor_lines(tensor)] or ["(none)" if known else "(not read)"]
        yield from _listed(label, lines, len(lines) if everything else _MANY_TENSORS)
    if known or summary.operators:
        yield from _operators(summary, everything=everything)
    for name, value in summary.details.items():
        yield from _detail(name, value, everything=everything)


def _operators(summary: ModelSummary, *, everything: bool) -> Iterator[str]:
    operators = [f"{name} {count}" for name, count in summary.operators.items()]
    shown = operators if everything else operators[:_MANY_OPERATORS]
    more = f", and {plural(len(operators) - len(shown), 'kind')} more (-v)" if len(shown) < len(operators) else ""
    yield from _listed("nodes", [f"{summary.nodes:,}", *_wrapped(", ".join(shown) + more)], _MANY_OPERATORS * 10)


def _listed(label: str, lines: list[str], limit: int) -> Iterator[str]:
    shown = lines[:limit] + ([f"and {len(lines) - limit} more (-v)"] if len(lines) > limit else [])
    for index, line in enumerate(shown):
        yield f"  {label if index == 0 else '':<10}  {line}"


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, _WIDTH, break_long_words=False)


def _detail(name: str, value: Any, *, everything: bool) -> Iterator[str]:
    label = name.replace("_", " ")
    if name == "signatures" and isinstance(value, dict):
        lines = [line for key, sides in value.items() for line in _signature(key, sides)]
        yield from _listed(label, lines or ["(none)"], len(lines) if everything else _MANY_TENSORS)
    elif isinstance(value, list):
        yield from _listed(label, [str(item) for item in value], len(value) if everything else _MANY_TENSORS)
    else:
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
        yield from _listed(label, _wrapped(text) or [""], 1000 if everything else 4)


def _signature(key: str, sides: dict[str, list[str]]) -> list[str]:
    return [key, *(f"  in  {item}" for item in sides["inputs"]), *(f"  out {item}" for item in sides["outputs"])]
