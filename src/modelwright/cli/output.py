"""Where text goes: results to stdout, everything else to stderr; rich only when something is shown."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

NARROW = 60
"""Columns below which tables would not fit; a console is taken to have at least so many."""


def print_text(text: str) -> None:
    """A line of result."""
    sys.stdout.write(f"{text}\n")


def print_json(data: Any) -> None:
    """Data as the result."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def console(*, errors: bool = False) -> Console:
    """A rich console; colours only on a terminal and not with NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if errors else sys.stdout
    found = Console(file=stream, highlight=False, soft_wrap=False)
    if not stream.isatty():
        return Console(file=stream, highlight=False, no_color=True, width=max(100, found.width))
    return found
