"""HTML pages that need nothing else: no script, no font, no address. Light and dark, narrow and wide."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --good: #1a7f37; --bad: #c9252d; --odd: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --dim: #999; --good: #4ac26b; --bad: #ff7b72; --odd: #d4a72c; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 50%; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 500; } td:first-child { white-space: nowrap; }
td code { white-space: normal; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bad { color: var(--bad); font-weight: 600; } .dim { color: var(--dim); }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; } ul { margin: .1rem 0; padding-left: 1.1rem; }
details summary { cursor: pointer; color: var(--dim); margin: .3rem 0; }
"""
"""What all pages look like."""


def document(title: str, body: Iterable[str], *, style: str = "") -> str:
    """A whole page.

    Args:
        title: The page's title, as text.
        body: Parts that are HTML; empty ones are left out.
        style: Rules besides `STYLE`.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def text(value: object) -> str:
    """A value as escaped text."""
    return html.escape(str(value), quote=True)


def code(value: object) -> str:
    """A name or a value in fixed width; a dim word for nothing."""
    return f"<code>{text(value)}</code>" if str(value) else '<span class="dim">none</span>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> str:
    """A table of cells that are HTML already; the last ``numbers`` columns are aligned to the right."""
    first = len(heads) - numbers
    marks = ["" if index < first else ' class="n"' for index in range(len(heads))]
    head = "".join(f"<th{mark}>{text(item)}</th>" for mark, item in zip(marks, heads, strict=True))
    lines = (
        "<tr>" + "".join(f"<td{mark}>{cell}</td>" for mark, cell in zip(marks, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def folded(title: str, content: str, rows: int, *, css: str = "") -> str:
    """Content behind a title that opens it; open from the start unless it has more than 200 rows."""
    is_open = " open" if rows <= 200 else ""
    return f'<details{is_open}><summary class="{css}">{text(title)}</summary>{content}</details>'
