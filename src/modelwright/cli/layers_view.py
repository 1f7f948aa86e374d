"""How the tensors inside two models compared, as a table and as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelwright.cli.output import table
from modelwright.cli.quantities import error_text, plural
from modelwright.diagnostics import LayerComparison, LayerComparisons

if TYPE_CHECKING:
    from rich.table import Table

_MANY = 8


def layers_line(found: LayerComparisons) -> str:
    """What came out, in a sentence."""
    if not found.tensors:
        return f"not compared: {found.reason}"
    beyond = sum(not item.passed for item in found.tensors)
    worst = max(found.tensors, key=_badness)
    what = f" of {found.model}" if found.model else ""
    words = [f"{plural(len(found.tensors), 'tensor')} inside{what} compared"]
    words.append(f"{beyond:,} beyond the tolerance" if beyond else "all within the tolerance")
    words.append(f"the largest error is {_number(worst.max_rel)} of its scale, at {worst.layer or worst.source}")
    if found.first:
        words.append(f"the first that is wrong is {found.first}")
    return "; ".join(words)


def layers_table(tensors: Sequence[LayerComparison], *, verbose: int) -> Table:
    """The tensors in order; of many only the worst, unless ``verbose``."""
    from rich.text import Text

    numbers = ("max abs", "max rel", "cosine")
    shown = table("layer", "operator", "shape", *numbers, right=numbers)
    worst = sorted(tensors, key=_badness, reverse=True)[: None if verbose else _MANY]
    for item in tensors:
        if item not in worst:
            continue
        shown.add_row(
            Text(item.layer or item.source),
            Text(item.op_type),
            Text("x".join(str(size) for size in item.shape) or "scalar"),
            Text(_number(item.max_abs), "" if item.passed else "red"),
            Text(_number(item.max_rel), "" if item.passed else "red"),
            "-" if item.cosine is None else f"{item.cosine:.6f}",
        )
    if len(worst) < len(tensors):
        shown.caption = f"the worst {len(worst)} of {len(tensors)}; -v shows all"
    return shown


def _badness(item: LayerComparison) -> tuple[bool, float]:
    return not item.passed, math.inf if math.isnan(item.max_rel) else item.max_rel


def _number(value: float) -> str:
    return error_text(value) if math.isfinite(value) else "inf"
