"""Where text goes: results to stdout, everything else to stderr; rich only when something is shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PLAIN_WIDTH = 100
"""Columns of what goes into a file or a pipe."""


def print_text(text: str) -> None:
    """A line of result."""
    sys.stdout.write(f"{text}\n")


def print_json(data: Any) -> None:
    """Data as the result."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def print_rich(render: Callable[[Console], None]) -> None:
    """What ``render`` prints, to stdout; off a terminal without the blanks that fill lines up."""
    shown = console()
    if sys.stdout.isatty():
        render(shown)
        return
    with shown.capture() as captured:
        render(shown)
    print_text("\n".join(line.rstrip() for line in captured.get().splitlines()))


def console(*, errors: bool = False) -> Console:
    """A rich console; colours only on a terminal and not with NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if errors else sys.stdout
    if stream.isatty():
        return Console(file=stream, highlight=False)
    return Console(file=stream, highlight=False, no_color=True, width=PLAIN_WIDTH)


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """An empty table; the columns in ``right`` hold numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for name in columns:
        shown.add_column(name, justify="right" if name in right else "left", overflow="fold", no_wrap=name in right)
    return shown
